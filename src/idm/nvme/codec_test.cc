// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/nvme/codec.h"

#include <gtest/gtest.h>

#include <array>

#include "idm/testing/drive_text.h"

namespace lvm::idm::nvme {
namespace {

constexpr std::array kVendors = {kVendorSeagate};

TEST(UnitIdmNvme, CommandsOfTheProtocol) {
  const std::pair<const char*, std::uint32_t> rows[] = {
      {"try ex", 0x120}, {"unlock ex", 0x140}, {"refresh ex", 0x150}, {"break ex", 0x160}, {"destroy", 0x170}};
  for (const auto& [words, cdw12] : rows) {
    const Request request = encode(testing::command(words, 'A'));
    EXPECT_EQ(request.opcode, 0xC1) << words;
    EXPECT_EQ(request.cdw10, 0x80u) << words;
    EXPECT_EQ(request.cdw12, cdw12) << words;
    EXPECT_EQ(request.out.size(), 512u) << words;
  }
  const Request read = encode(ReadRecords{3});
  EXPECT_EQ(read.opcode, 0xC2);
  EXPECT_EQ(read.cdw10, 3 * 0x80u);
  EXPECT_EQ(read.cdw12, 0x110u);
  EXPECT_EQ(read.in_size, 1536u);
  EXPECT_EQ(encode(ReadCounts{}).cdw12, 0xFF10u);
  const Request reset = encode(ResetTable{});
  EXPECT_EQ(reset.opcode, 0xC1);
  EXPECT_EQ(reset.cdw10, 0x80u);
  EXPECT_EQ(reset.cdw12, 0xFF00u);
  const Request probe = encode(Probe{});
  EXPECT_EQ(probe.opcode, 0x06);
  EXPECT_EQ(probe.cdw10, 1u);
  EXPECT_EQ(probe.in_size, 4096u);
}

TEST(UnitIdmNvme, EveryAnswerCrossesTheWire) {
  const Command command = testing::command("unlock sh", 'A');
  for (std::size_t i = 0; i < kStatusCount; ++i) {
    const Reply reply{.status = static_cast<Status>(i)};
    const Answer answer = make_answer(command, reply);
    EXPECT_TRUE(answer.status == 0 || (answer.status >= 0x1C0 && answer.status <= 0x1CC));
    const Outcome outcome = decode(command, answer, kVendors);
    ASSERT_TRUE(outcome) << name(reply.status);
    EXPECT_EQ(outcome->status, reply.status);
  }
}

TEST(UnitIdmNvme, TheUpperBitsOfTheStatusDoNotCount) {
  const Outcome outcome = decode(testing::command("try ex", 'A'), {.status = 0x7800 | 0x1CA, .data = {}}, kVendors);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, Status::conflict);
}

TEST(UnitIdmNvme, WhatIsNotOfAMutexIsAnError) {
  using Kind = TransportError::Kind;
  struct Case {
    std::uint16_t status;
    Kind kind;
    bool may_have_run;
  };
  for (const Case& one : {Case{0x001, Kind::unsupported, false},
                          {0x002, Kind::malformed, true},
                          {0x007, Kind::lost, true},
                          {0x082, Kind::no_path, false},
                          {0x303, Kind::no_path, false},
                          {0x371, Kind::lost, true},
                          {0x281, Kind::malformed, true},
                          {0x1CD, Kind::malformed, true},
                          {0x2CA, Kind::malformed, true}}) {
    const Outcome outcome = decode(testing::command("try ex", 'A'), {.status = one.status, .data = {}}, kVendors);
    ASSERT_FALSE(outcome) << one.status;
    EXPECT_EQ(outcome.error().kind, one.kind) << one.status;
    EXPECT_EQ(outcome.error().may_have_run, one.may_have_run) << one.status;
  }
}

TEST(UnitIdmNvme, TheProbeNeedsAVersionAndAKnownVendor) {
  Answer answer = make_answer(Probe{}, Reply{.version = {8, 4}});
  Outcome outcome = decode(Probe{}, answer, kVendors);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->version, (Version{8, 4}));
  EXPECT_EQ(decode(Probe{}, answer, std::array<std::uint16_t, 1>{0x144D}).error().kind,
            TransportError::Kind::unsupported);
  answer.data[kVersionOffset] = std::byte{0x0F};
  EXPECT_EQ(decode(Probe{}, answer, kVendors).error().kind, TransportError::Kind::unsupported);
  answer.data.resize(100);
  EXPECT_EQ(decode(Probe{}, answer, kVendors).error().kind, TransportError::Kind::malformed);
}

TEST(UnitIdmNvme, ADriveTakesNothingElse) {
  const Request good = encode(testing::command("try ex", 'A'));
  EXPECT_TRUE(parse_command(good.opcode, good.cdw10, good.cdw12, good.out));
  EXPECT_EQ(parse_command(0xC3, 0x80, 0x120, good.out).error(), 0x001);
  EXPECT_EQ(parse_command(0xC1, 0x81, 0x120, good.out).error(), 0x002);
  EXPECT_EQ(parse_command(0xC1, 0x80, 0x121, good.out).error(), 0x002);
  EXPECT_EQ(parse_command(0xC1, 0x80, 0x10120, good.out).error(), 0x002);
  EXPECT_EQ(parse_command(0xC1, 0x80, 0x220, good.out).error(), 0x1C9);
  EXPECT_EQ(parse_command(0xC1, 0x80, 0x1F0, good.out).error(), 0x1C5);
  EXPECT_EQ(parse_command(0xC2, 0, 0x110, {}).error(), 0x002);
  EXPECT_EQ(parse_command(0xC2, 0x80, 0x210, {}).error(), 0x1C9);
}

}  // namespace
}  // namespace lvm::idm::nvme
