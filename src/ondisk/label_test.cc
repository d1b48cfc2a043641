// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ondisk/label.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "base/crc.h"
#include "ondisk/golden_test.h"
#include "ondisk/pv_header.h"

namespace lvm::ondisk {
namespace {

std::vector<std::byte> head_with(std::size_t sector, const std::vector<std::byte>& bytes) {
  std::vector<std::byte> head(kLabelScanSize);
  std::ranges::copy(bytes, head.begin() + static_cast<std::ptrdiff_t>(sector * kLabelSectorSize));
  return head;
}

TEST(UnitLabel, FindsTheReferenceLabelInItsSector) {
  auto scan = find_label(head_with(1, golden::sector(golden::kOrphanLabel)));
  ASSERT_TRUE(scan.label);
  EXPECT_EQ(*scan.label, (Label{1, 32}));
  EXPECT_TRUE(scan.problems.empty());

  scan = find_label(head_with(2, golden::sector(golden::kTwoAreasLabel)));
  ASSERT_TRUE(scan.label);
  EXPECT_EQ(scan.label->sector, 2u);
}

TEST(UnitLabel, IgnoresALabelThatStandsInAnotherSector) {
  for (std::size_t sector : {0u, 2u, 3u}) {
    auto head = head_with(sector, golden::sector(golden::kOrphanLabel));
    auto scan = find_label(head);
    EXPECT_FALSE(scan.label) << sector;
    EXPECT_EQ(scan.problems.size(), 1u);
    EXPECT_TRUE(sectors_to_clear(head).empty()) << "a misplaced copy is left alone";
  }
}

TEST(UnitLabel, FirstOfTwoLabelsWins) {
  auto head = head_with(1, golden::sector(golden::kOrphanLabel));
  auto second = golden::sector(golden::kTwoAreasLabel);
  std::ranges::copy(second, head.begin() + 1024);
  auto scan = find_label(head);
  ASSERT_TRUE(scan.label);
  EXPECT_EQ(scan.label->sector, 1u);
  ASSERT_EQ(scan.problems.size(), 1u);
  EXPECT_NE(scan.problems[0].find("second label in sector 2"), std::string::npos);
  EXPECT_EQ(sectors_to_clear(head), (std::vector<std::uint64_t>{1, 2}));
}

TEST(UnitLabel, EveryDamagedBitIsNoticed) {
  auto good = golden::sector(golden::kOrphanLabel);
  for (std::size_t byte = 0; byte < good.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      auto bad = good;
      bad[byte] ^= static_cast<std::byte>(1 << bit);
      EXPECT_FALSE(unpack_label(bad, 1)) << "byte " << byte << " bit " << bit;
    }
  }
}

TEST(UnitLabel, AnotherTypeIsNotAnLvm2Label) {
  auto bytes = golden::sector(golden::kOrphanLabel);
  bytes[24] = std::byte{'X'};
  le32 checksum(crc32(std::span(bytes).subspan(20)));
  std::memcpy(bytes.data() + 16, &checksum, sizeof checksum);
  auto label = unpack_label(bytes, 1);
  ASSERT_FALSE(label);
  EXPECT_EQ(label.error().code(), Code::unsupported);
}

TEST(UnitLabel, ShortHeadsAreSearchedAsFarAsTheyGo) {
  auto head = head_with(1, golden::sector(golden::kOrphanLabel));
  EXPECT_TRUE(find_label(std::span(head).first(1024)).label);
  EXPECT_FALSE(find_label(std::span(head).first(1023)).label);
  EXPECT_FALSE(find_label({}).label);
}

TEST(UnitLabel, RoundTripsInEverySector) {
  for (std::uint64_t sector = 0; sector < kLabelSectors; ++sector) {
    for (std::uint32_t offset : {32u, 33u, 64u, 400u, 511u}) {
      std::vector<std::byte> bytes(kLabelSectorSize, std::byte{0x5a});
      ASSERT_TRUE(pack_label({sector, offset}, bytes));
      auto label = unpack_label(bytes, sector);
      ASSERT_TRUE(label) << label.error().text();
      EXPECT_EQ(*label, (Label{sector, offset}));
      EXPECT_EQ(bytes[100], std::byte{0x5a});
    }
  }
}

TEST(UnitLabel, RefusesToWriteWhatItWouldNotRead) {
  std::vector<std::byte> bytes(kLabelSectorSize);
  EXPECT_FALSE(pack_label({4, 32}, bytes));
  EXPECT_FALSE(pack_label({1, 31}, bytes));
  EXPECT_FALSE(pack_label({1, 512}, bytes));
}

}  // namespace
}  // namespace lvm::ondisk
