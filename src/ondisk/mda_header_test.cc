// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ondisk/mda_header.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "base/crc.h"
#include "ondisk/golden_test.h"

namespace lvm::ondisk {
namespace {

const DiskArea kFirst{Bytes(4096), Bytes(1044480)};
const DiskArea kSmallFirst{Bytes(4096), Bytes(61440)};
const DiskArea kSmallSecond{Bytes(67043328), Bytes(65536)};

void mend(std::vector<std::byte>& bytes) {
  le32 checksum(crc32(std::span(bytes).subspan(4)));
  std::memcpy(bytes.data(), &checksum, sizeof checksum);
}

TEST(UnitMdaHeader, ReadsTheReference) {
  auto header = unpack_mda_header(golden::sector(golden::kEmptyArea), kFirst);
  ASSERT_TRUE(header) << header.error().text();
  EXPECT_EQ(*header, (MdaHeader{.area = kFirst}));

  header = unpack_mda_header(golden::sector(golden::kTwoAreasSecond), kSmallSecond);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->committed, (TextLocation{Bytes(512), Bytes(754), 0xbece7bf9}));
  EXPECT_TRUE(header->precommitted.empty());
  EXPECT_FALSE(header->ignored);

  header = unpack_mda_header(golden::sector(golden::kIgnoredAreaWithText), kFirst);
  ASSERT_TRUE(header);
  EXPECT_TRUE(header->ignored);
  EXPECT_EQ(header->committed.size, Bytes(741));
}

TEST(UnitMdaHeader, WritesTheSameBytesAsTheReference) {
  for (auto [hex, area] : {std::pair{golden::kEmptyArea, kFirst},
                           {golden::kIgnoredArea, kFirst},
                           {golden::kIgnoredAreaWithText, kFirst},
                           {golden::kTwoAreasFirst, kSmallFirst},
                           {golden::kTwoAreasSecond, kSmallSecond}}) {
    auto header = unpack_mda_header(golden::sector(hex), area);
    ASSERT_TRUE(header) << header.error().text();
    auto bytes = pack_mda_header(*header);
    ASSERT_TRUE(bytes);
    EXPECT_TRUE(std::ranges::equal(*bytes, golden::sector(hex)));
  }
}

TEST(UnitMdaHeader, EveryDamagedBitIsNoticed) {
  auto good = golden::sector(golden::kTwoAreasFirst);
  for (std::size_t byte = 0; byte < good.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      auto bad = good;
      bad[byte] ^= static_cast<std::byte>(1 << bit);
      EXPECT_FALSE(unpack_mda_header(bad, kSmallFirst)) << "byte " << byte << " bit " << bit;
    }
  }
}

TEST(UnitMdaHeader, EveryFieldIsCheckedWhenTheChecksumIsRight) {
  struct Case {
    std::size_t offset;
    std::uint64_t value;
    std::size_t width;
    bool accepted;
  };
  const Case cases[] = {
      {4, 0x20, 1, true},         {4, 0x21, 1, false},                                              // magic
      {20, 2, 4, false},          {20, 0, 4, false},                                                // version
      {24, 4097, 8, false},       {24, 0, 8, false},                                                // start
      {32, 61441, 8, false},      {32, 511, 8, false},                                              // size
      {32, 61440 - 512, 8, true}, {32, ~0ull, 8, false}, {40, 511, 8, false},   {40, 0, 8, false},  // text offset
      {40, 61440, 8, false},      {40, 61439, 8, true},  {40, ~0ull, 8, false}, {48, 61440 - 511, 8, false},
      {48, 61440 - 512, 8, true}, {48, ~0ull, 8, false},  // text size
      {48, 0, 8, true},                                   // no text
      {60, 1, 4, true},                                   // ignored
      {72, 1, 8, true},                                   // a precommitted text at offset 0 is dropped, not fatal
  };
  for (const Case& c : cases) {
    auto bytes = golden::sector(golden::kTwoAreasFirst);
    for (std::size_t i = 0; i < c.width; ++i) bytes[c.offset + i] = static_cast<std::byte>(c.value >> (8 * i));
    mend(bytes);
    auto header = unpack_mda_header(bytes, kSmallFirst);
    EXPECT_EQ(header.has_value(), c.accepted) << "offset " << c.offset << " value " << c.value;
    if (header) {
      EXPECT_TRUE(header->precommitted.empty());
    }
  }
}

TEST(UnitMdaHeader, AFirstPrecommitHasAnEmptySlotBeforeIt) {
  MdaHeader header{.area = kFirst, .precommitted = {Bytes(512), Bytes(100), 7}};
  auto bytes = pack_mda_header(header);
  ASSERT_TRUE(bytes);
  auto again = unpack_mda_header(*bytes, kFirst);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, header);
}

TEST(UnitMdaHeader, RefusesToWriteWhatItWouldNotRead) {
  EXPECT_FALSE(pack_mda_header({.area = {Bytes(4096), Bytes(511)}}));
  EXPECT_FALSE(pack_mda_header({.area = {Bytes(~0ull), Bytes(1024)}}));
  EXPECT_FALSE(pack_mda_header({.area = kFirst, .committed = {Bytes(0), Bytes(10), 0}}));
  EXPECT_FALSE(pack_mda_header({.area = kFirst, .precommitted = {Bytes(512), Bytes(1044480), 0}}));
}

TEST(UnitMdaHeader, ShortReadsAreErrors) {
  auto bytes = golden::sector(golden::kEmptyArea);
  EXPECT_FALSE(unpack_mda_header(std::span(bytes).first(511), kFirst));
  EXPECT_FALSE(unpack_mda_header({}, kFirst));
}

}  // namespace
}  // namespace lvm::ondisk
