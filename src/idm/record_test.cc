// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/record.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "idm/random.h"

namespace lvm::idm {
namespace {

using Bytes512 = std::array<std::byte, kRecordSize>;

std::vector<std::uint8_t> part(const Bytes512& bytes, std::size_t at, std::size_t count) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data()) + at;
  return {first, first + count};
}

// The worked example of docs/formats/idm.md: a VG lock of process 1234 on a little-endian host.
Record example() {
  Record record;
  record.countdown = 60'000;
  record.lock_class = LockClass::shared;
  record.control = LvbControl::update;
  // 0x0006123456789ABC as a native number: the lowest byte first.
  record.lvb = {0xBC, 0x9A, 0x78, 0x56, 0x34, 0x12, 0x06};
  record.lock = LockId::of_vg(*VgId::parse("0123456789abcdefghijklmnopqrstuv"));
  std::array<std::uint8_t, 16> instance;
  for (std::size_t i = 0; i < 16; ++i) instance[i] = static_cast<std::uint8_t>(0xA0 + i);
  record.host = HostId::make(1234, instance);
  return record;
}

TEST(UnitIdmRecord, WorkedExample) {
  Bytes512 bytes;
  pack_record(example(), bytes);
  using V = std::vector<std::uint8_t>;
  EXPECT_EQ(part(bytes, 16, 8), (V{0, 0, 0, 0, 0, 0, 0xEA, 0x60}));
  EXPECT_EQ(part(bytes, 24, 8), (V{0, 0, 0, 0, 0, 0, 0, 2}));
  EXPECT_EQ(part(bytes, 32, 8), (V{1, 6, 0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC}));
  EXPECT_EQ(part(bytes, 64, 32), V(32, 0));
  const std::string reversed = "vutsrqponmlkjihgfedcba9876543210";
  EXPECT_EQ(part(bytes, 96, 32), V(reversed.begin(), reversed.end()));
  EXPECT_EQ(part(bytes, 192, 4), (V{0xAF, 0xAE, 0xAD, 0xAC}));
  EXPECT_EQ(part(bytes, 220, 4), (V{0, 0, 0x04, 0xD2}));
  EXPECT_EQ(part(bytes, 40, 24), V(24, 0));
  EXPECT_EQ(part(bytes, 224, 288), V(288, 0));
}

TEST(UnitIdmRecord, IdsOfLvAndGlobalLocks) {
  Record record;
  record.lock =
      LockId::of_lv(*VgId::parse("VVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV"), *LvId::parse("LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL"));
  Bytes512 bytes;
  pack_record(record, bytes);
  EXPECT_EQ(part(bytes, 64, 32), std::vector<std::uint8_t>(32, 'L'));
  EXPECT_EQ(part(bytes, 96, 32), std::vector<std::uint8_t>(32, 'V'));
  record.lock = LockId::global();
  pack_record(record, bytes);
  EXPECT_EQ(part(bytes, 64, 64), std::vector<std::uint8_t>(64, 0));
}

Record random_record(Random& random) {
  constexpr State kStates[] = {State::uninitialised,   State::locked,    State::unlocked,
                               State::multiple_locked, State::timed_out, State::dead};
  Record record;
  record.state = kStates[random.below(6)];
  record.time = random.next();
  record.countdown = random.one_in(4) ? kInfiniteCountdown : random.next();
  record.lock_class = static_cast<LockClass>(random.below(3));
  record.control = static_cast<LvbControl>(random.below(4));
  auto fill = [&](auto& bytes) {
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
  };
  fill(record.lvb), fill(record.lock.bytes), fill(record.host.bytes), fill(record.metadata);
  return record;
}

TEST(UnitIdmRecord, RoundTrip) {
  Random random(1);
  for (int i = 0; i < 5000; ++i) {
    const Record record = random_record(random);
    Bytes512 bytes;
    pack_record(record, bytes);
    auto again = unpack_record(bytes);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, record);
  }
}

TEST(UnitIdmRecord, FillerAsFirmwareWritesIt) {
  Bytes512 bytes{};
  bytes[6] = std::byte{0xDE}, bytes[7] = std::byte{0xAD};
  auto record = unpack_record(bytes);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->state, State::dead);
}

TEST(UnitIdmRecord, OnlyTheLowHalfOfTheStateCounts) {
  Bytes512 bytes;
  pack_record({.state = State::locked}, bytes);
  bytes[0] = std::byte{0xFF};
  auto record = unpack_record(bytes);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->state, State::locked);
}

TEST(UnitIdmRecord, RefusesWhatHasNoMeaning) {
  for (auto [at, what] : {std::pair{6, "state"}, {24, "class"}, {31, "class"}, {32, "value control"}}) {
    Bytes512 bytes;
    pack_record({.state = State::unlocked}, bytes);
    bytes[static_cast<std::size_t>(at)] = std::byte{0x55};
    auto record = unpack_record(bytes);
    ASSERT_FALSE(record) << at;
    EXPECT_EQ(record.error().code(), Code::corrupt);
    EXPECT_NE(record.error().text().find(what), std::string::npos) << record.error().text();
  }
}

TEST(UnitIdmIds, DriveIdsInFullWidth) {
  for (const char* text : {"naa.5000c500a1b2c3d4", "naa.60014051234567890000000000000000", "eui.0025388b710116a1",
                           "eui.002538b171b3cd7e00253871", "eui.002538b171b3cd7e0025387100000001"}) {
    auto id = DriveId::parse(text);
    ASSERT_TRUE(id) << text;
    EXPECT_EQ(id->text(), text);
  }
  EXPECT_NE(DriveId::parse("eui.002538b171b3cd7e0025387100000001"),
            DriveId::parse("eui.002538b171b3cd7e0025387100000002"));
  for (const char* text : {"", "naa.", "naa.5000", "naa.5000c500a1b2c3d", "naa.5000c500a1b2c3dg",
                           "wwn.5000c500a1b2c3d4", "naa.002538b171b3cd7e00253871"})
    EXPECT_FALSE(DriveId::parse(text)) << text;
}

}  // namespace
}  // namespace lvm::idm
