// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/scsi/codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "idm/testing/drive_text.h"

namespace lvm::idm::scsi {
namespace {

std::vector<std::byte> some_bytes(std::size_t size, std::uint8_t value = 0) {
  return std::vector<std::byte>(size, std::byte{value});
}

std::string cdb_text(const Command& command) {
  const Request request = encode(command);
  return hex_text(std::span(request.cdb).first(request.cdb_length));
}

TEST(UnitIdmScsi, CommandBlocksOfTheProtocol) {
  const std::pair<const char*, const char*> rows[] = {
      {"try ex", "f0200000000000000000000002000100"},     {"unlock ex", "f0400000000000000000000002000100"},
      {"refresh ex", "f0500000000000000000000002000100"}, {"break ex", "f0600000000000000000000002000100"},
      {"destroy", "f0700000000000000000000002000100"},
  };
  for (const auto& [words, expected] : rows) EXPECT_EQ(cdb_text(testing::command(words, 'A')), expected) << words;
  EXPECT_EQ(cdb_text(ReadCounts{}), "f001000000000000000000000001ff00");
  EXPECT_EQ(cdb_text(ReadRecords{3}), "f0010000000000000000000000030100");
  EXPECT_EQ(cdb_text(ResetTable{}), "f000000000000000000000000200ff00");
  EXPECT_EQ(cdb_text(Probe{}), "1201c3007000");
}

TEST(UnitIdmScsi, TransferLengths) {
  EXPECT_EQ(encode(testing::command("try ex", 'A')).out.size(), 512u);
  EXPECT_EQ(encode(ReadRecords{3}).in_size, 1536u);
  EXPECT_EQ(encode(ReadCounts{}).in_size, 512u);
  EXPECT_EQ(encode(ResetTable{}).out, some_bytes(512));
  EXPECT_EQ(encode(Probe{}).in_size, 0x70u);
}

TEST(UnitIdmScsi, EveryAnswerCrossesTheWire) {
  for (std::size_t i = 0; i < kStatusCount; ++i) {
    const Reply reply{.status = static_cast<Status>(i)};
    const Command command = testing::command("unlock sh", 'A');
    const Decoded decoded = decode(command, make_answer(command, reply));
    ASSERT_TRUE(decoded.outcome) << name(reply.status);
    EXPECT_EQ(decoded.outcome->status, reply.status) << name(reply.status);
  }
}

TEST(UnitIdmScsi, EveryCommandCrossesTheWire) {
  for (Command command : {Command(testing::command("break sh", 'B')), Command(ReadRecords{7}), Command(ReadCounts{}),
                          Command(ResetTable{})}) {
    const Request request = encode(command);
    const auto parsed = parse_mutex_command(request.cdb, request.out);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(encode(*parsed).cdb, request.cdb);
    EXPECT_EQ(encode(*parsed).out, request.out);
  }
}

TEST(UnitIdmScsi, ADriveTakesNothingElse) {
  const Request good = encode(testing::command("try ex", 'A'));
  struct Case {
    std::size_t at;
    std::uint8_t value;
    Sense sense;
  };
  for (const Case& one : {Case{0, 0xF1, kInvalidOpcode},
                          {1, 0x21, kInvalidField},
                          {1, 0x80, kInvalidOpcode},
                          {2, 1, kInvalidField},
                          {9, 1, kInvalidField},
                          {12, 1, kInvalidField},
                          {13, 1, kInvalidField},
                          {14, 2, kInvalidField},
                          {14, 0xFF, kInvalidField},
                          {15, 1, kInvalidField}}) {
    auto cdb = good.cdb;
    cdb[one.at] = one.value;
    const auto parsed = parse_mutex_command(cdb, good.out);
    ASSERT_FALSE(parsed) << one.at;
    EXPECT_EQ(parsed.error(), one.sense) << one.at;
  }
  EXPECT_FALSE(parse_mutex_command(good.cdb, some_bytes(511)));
  EXPECT_FALSE(parse_mutex_command(good.cdb, some_bytes(1024)));
  auto broken = good.out;
  broken[24] = std::byte{9};  // class
  EXPECT_FALSE(parse_mutex_command(good.cdb, broken));
  // What stands in the state of a request does not count.
  auto junk = good.out;
  junk[7] = std::byte{9};
  EXPECT_TRUE(parse_mutex_command(good.cdb, junk));
}

struct SenseCase {
  std::vector<std::uint8_t> bytes;
  Status status;
};

TEST(UnitIdmScsi, BothFamiliesOfSense) {
  const auto fixed = [](std::uint8_t key, std::uint8_t asc, std::uint8_t ascq, std::uint8_t unit) {
    return std::vector<std::uint8_t>{0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, asc, ascq, unit, 0, 0, 0};
  };
  const SenseCase cases[] = {
      {{0x72, 5, 0x20, 0, 0, 0, 0, 0}, Status::invalid_operation},
      {{0x72, 5, 0x21, 0, 0, 0, 0, 0}, Status::not_found},
      {{0x72, 7, 0x40, 0, 0, 0, 0, 0}, Status::table_full},
      {{0x72, 7, 0x41, 0, 0, 0, 0, 0}, Status::hosts_full},
      {{0x72, 7, 0x42, 0, 0, 0, 0, 0}, Status::sharers_full},
      {{0x72, 7, 0x30, 0, 0, 0, 0, 0}, Status::invalid_operation},
      {fixed(7, 0x31, 0, 1), Status::invalid_operation},
      {fixed(5, 0x21, 0, 1), Status::not_found},
      {fixed(7, 0x40, 0, 1), Status::table_full},
      {fixed(5, 0x20, 0, 0x0A), Status::invalid_operation},
      {fixed(0x0B, 0x55, 3, 0), Status::table_full},
      {fixed(0x0B, 0x55, 3, 1), Status::hosts_full},
      {fixed(0x0B, 0x55, 3, 2), Status::sharers_full},
      {fixed(4, 4, 0x22, 0), Status::failed},
      {fixed(4, 4, 0x22, 1), Status::failed_reverse_owner},
      {fixed(4, 4, 0x22, 2), Status::failed_state},
      {fixed(4, 4, 0x22, 3), Status::failed_class},
      {fixed(4, 4, 0x22, 4), Status::failed_owner},
      {{0x72, 4, 4, 0x22, 0, 0, 0, 4, 3, 2, 0, 4}, Status::failed_owner},
  };
  for (const SenseCase& one : cases) {
    const Decoded decoded =
        decode(testing::command("try ex", 'A'), {.status = kCheckCondition, .sense = one.bytes, .data = {}});
    ASSERT_TRUE(decoded.outcome) << hex_text(one.bytes);
    EXPECT_EQ(decoded.outcome->status, one.status) << hex_text(one.bytes);
  }
}

TEST(UnitIdmScsi, WhatIsNotOfAMutexIsAnError) {
  using Kind = TransportError::Kind;
  struct Case {
    std::uint8_t status;
    std::vector<std::uint8_t> sense;
    Kind kind;
    bool may_have_run, retry;
  };
  const Case cases[] = {
      {kCheckCondition, {}, Kind::malformed, true, false},
      {kCheckCondition, {0x7F, 1, 2, 3}, Kind::malformed, true, false},
      {kCheckCondition, {0x71, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x21, 0}, Kind::malformed, true, false},  // deferred
      {kCheckCondition, {0x72, 5, 0x24, 0, 0, 0, 0, 0}, Kind::malformed, true, false},
      {kCheckCondition, {0x72, 5, 0x25, 0, 0, 0, 0, 0}, Kind::no_path, false, false},
      {kCheckCondition, {0x72, 2, 4, 3, 0, 0, 0, 0}, Kind::no_path, false, false},
      {kCheckCondition, {0x72, 6, 0x29, 0, 0, 0, 0, 0}, Kind::no_path, false, true},
      {kCheckCondition, {0x72, 0x0B, 0, 0, 0, 0, 0, 0}, Kind::lost, true, false},
      {kCheckCondition, {0x72, 3, 0x11, 0, 0, 0, 0, 0}, Kind::malformed, true, false},
      {0x40, {}, Kind::lost, true, false},  // task aborted
  };
  for (const Case& one : cases) {
    const Decoded decoded =
        decode(testing::command("try ex", 'A'), {.status = one.status, .sense = one.sense, .data = {}});
    ASSERT_FALSE(decoded.outcome) << hex_text(one.sense);
    EXPECT_EQ(decoded.outcome.error().kind, one.kind) << hex_text(one.sense);
    EXPECT_EQ(decoded.outcome.error().may_have_run, one.may_have_run) << hex_text(one.sense);
    EXPECT_EQ(decoded.retry, one.retry) << hex_text(one.sense);
  }
}

TEST(UnitIdmScsi, TheProbeBelievesOnlyAWholePage) {
  Answer page = make_answer(Probe{}, Reply{.version = {8, 4}});
  ASSERT_TRUE(decode(Probe{}, page).outcome);
  EXPECT_EQ(decode(Probe{}, page).outcome->version, (Version{8, 0}));
  std::vector<Answer> strange(4, page);
  strange[0].data[1] = std::byte{0};  // some other page: INQUIRY ignored the request
  strange[1].data[kVersionOffset] = std::byte{0};
  strange[2].data.resize(kVersionOffset);
  strange[3] = {.status = kCheckCondition, .sense = make_sense(kInvalidField), .data = {}};
  for (const Answer& answer : strange) {
    const Decoded decoded = decode(Probe{}, answer);
    ASSERT_FALSE(decoded.outcome);
    EXPECT_EQ(decoded.outcome.error().kind, TransportError::Kind::unsupported);
  }
  const Decoded gone = decode(Probe{}, {.status = kCheckCondition, .sense = make_sense({2, 4, 3}), .data = {}});
  EXPECT_EQ(gone.outcome.error().kind, TransportError::Kind::no_path);
}

TEST(UnitIdmScsi, TablesEndAtTheFiller) {
  Drive drive;
  drive.execute(testing::command("try ex", 'A', '1'), Time{0});
  drive.execute(testing::command("try ex", 'A', '2'), Time{0});
  const Reply reply = drive.execute(ReadRecords{5}, Time{0});
  Answer answer = make_answer(ReadRecords{5}, reply);
  EXPECT_EQ(answer.data.size(), 5 * kRecordSize);
  EXPECT_EQ(answer.data[2 * kRecordSize + 6], std::byte{0xDE});
  EXPECT_EQ(decode(ReadRecords{5}, answer).outcome->records, reply.records);
  // A shorter table than asked for is a table; a cut record is not.
  answer.data.resize(2 * kRecordSize);
  EXPECT_EQ(decode(ReadRecords{5}, answer).outcome->records, reply.records);
  answer.data.resize(2 * kRecordSize - 1);
  EXPECT_EQ(decode(ReadRecords{5}, answer).outcome.error().kind, TransportError::Kind::malformed);
  answer.data.assign(kRecordSize, std::byte{0xA5});
  EXPECT_EQ(decode(ReadRecords{5}, answer).outcome.error().kind, TransportError::Kind::malformed);
}

TEST(UnitIdmScsi, CountsWhereTheProtocolHasThem) {
  const Counts counts = {.total = 0x102,
                         .exclusive = {.total = 3, .unlocked = 2, .timed_out = 1},
                         .shared = {.total = 0xFF, .multiple_locked = 0xFF}};
  const Answer answer = make_answer(ReadCounts{}, Reply{.counts = counts});
  EXPECT_EQ(answer.data[0], std::byte{1});
  EXPECT_EQ(answer.data[1], std::byte{2});
  EXPECT_EQ(answer.data[3], std::byte{3});
  EXPECT_EQ(answer.data[11], std::byte{2});     // word 5: exclusive, unlocked
  EXPECT_EQ(answer.data[29], std::byte{0xFF});  // word 14: shared, multiple
  EXPECT_EQ(decode(ReadCounts{}, answer).outcome->counts, counts);
}

}  // namespace
}  // namespace lvm::idm::scsi
