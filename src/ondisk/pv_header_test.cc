// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ondisk/pv_header.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "ondisk/golden_test.h"

namespace lvm::ondisk {
namespace {

constexpr std::size_t kHeaderBytes = kLabelSectorSize - kPvHeaderOffset;

PvHeader sample() {
  PvHeader out;
  out.id = *PvId::parse("8oAG3WH0qrj22p2Oeiivv146n9yIbiP0");
  out.device_size = Bytes(64 << 20);
  out.data_areas = {{Bytes(1 << 20), Bytes(0)}};
  out.metadata_areas = {{Bytes(4096), Bytes(1044480)}};
  return out;
}

PvHeader unpack_golden(std::string_view hex) {
  auto bytes = golden::sector(hex);
  auto header = unpack_pv_header(std::span(bytes).subspan(kPvHeaderOffset));
  EXPECT_TRUE(header) << header.error().text();
  return header.value_or(PvHeader{});
}

TEST(UnitPvHeader, ReadsTheReferenceOrphan) {
  PvHeader header = unpack_golden(golden::kOrphanLabel);
  EXPECT_EQ(header.id.plain(), "8oAG3WH0qrj22p2Oeiivv146n9yIbiP0");
  EXPECT_EQ(header.device_size, Bytes(67108864));
  EXPECT_EQ(header.data_start(), Bytes(1048576));
  EXPECT_EQ(header.metadata_areas, (std::vector<DiskArea>{{Bytes(4096), Bytes(1044480)}}));
  EXPECT_EQ(header.extension_version, 2u);
  EXPECT_FALSE(header.used());
  EXPECT_TRUE(header.boot_areas.empty());
}

TEST(UnitPvHeader, ReadsTheReferencePvWithEverything) {
  PvHeader header = unpack_golden(golden::kTwoAreasLabel);
  EXPECT_EQ(header.data_start(), Bytes(196608));
  EXPECT_EQ(header.metadata_areas,
            (std::vector<DiskArea>{{Bytes(4096), Bytes(61440)}, {Bytes(67043328), Bytes(65536)}}));
  EXPECT_EQ(header.boot_areas, (std::vector<DiskArea>{{Bytes(65536), Bytes(131072)}}));
  EXPECT_TRUE(header.used());
}

TEST(UnitPvHeader, WritesTheSameBytesAsTheReference) {
  for (auto [hex, sector] : {std::pair{golden::kOrphanLabel, 1u}, std::pair{golden::kTwoAreasLabel, 2u},
                             std::pair{golden::kNoAreaLabel, 1u}}) {
    auto made = make_label_sector(Label{sector, kPvHeaderOffset}, unpack_golden(hex));
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_TRUE(std::ranges::equal(*made, golden::sector(hex)));
  }
}

TEST(UnitPvHeader, SetUsedRaisesAnOldExtension) {
  PvHeader header = sample();
  header.extension_version = 1;
  header.extension_flags = 0xff;  // not meaningful in version 1
  EXPECT_FALSE(header.used());
  header.set_used(true);
  EXPECT_EQ(header.extension_version, 2u);
  EXPECT_EQ(header.extension_flags, 1u);
  header.set_used(false);
  EXPECT_FALSE(header.used());
}

TEST(UnitPvHeader, AHeaderWithoutExtensionReadsAsVersionZero) {
  PvHeader header = sample();
  header.extension_version = 0;
  std::vector<std::byte> bytes(kHeaderBytes);
  ASSERT_TRUE(pack_pv_header(header, bytes));
  auto again = unpack_pv_header(bytes);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->extension_version, 0u);
  EXPECT_FALSE(again->used());
}

TEST(UnitPvHeader, KeepsWhatANewerExtensionAdds) {
  PvHeader header = sample();
  header.extension_version = 3;
  header.extension_flags = 0x81;
  header.newer = {std::byte{7}, std::byte{0}, std::byte{9}};
  std::vector<std::byte> bytes(kHeaderBytes);
  ASSERT_TRUE(pack_pv_header(header, bytes));
  auto again = unpack_pv_header(bytes);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, header);
  again->set_used(false);
  EXPECT_EQ(again->extension_version, 3u);
  EXPECT_EQ(again->extension_flags, 0x80u);
}

TEST(UnitPvHeader, RefusesBrokenInvariants) {
  std::vector<std::byte> bytes(kHeaderBytes);
  auto refused = [&](auto&& damage) {
    PvHeader header = sample();
    damage(header);
    auto packed = pack_pv_header(header, bytes);
    return packed ? std::string() : packed.error().message();
  };
  EXPECT_NE(refused([](PvHeader& h) { h.id = {}; }), "");
  EXPECT_NE(refused([](PvHeader& h) { h.id.uuid.chars[31] = '*'; }), "");
  EXPECT_NE(refused([](PvHeader& h) { h.data_areas.clear(); }), "");
  EXPECT_NE(refused([](PvHeader& h) { h.metadata_areas.assign(3, {Bytes(4096), Bytes(8192)}); }), "");
  EXPECT_NE(refused([](PvHeader& h) { h.metadata_areas[0].size = Bytes(511); }), "");
  EXPECT_NE(refused([](PvHeader& h) { h.metadata_areas[0].start = Bytes(~0ull - 10); }), "");
  EXPECT_NE(refused([](PvHeader& h) { h.boot_areas.assign(2, {Bytes(4096), Bytes(8192)}); }), "");
  EXPECT_NE(refused([](PvHeader& h) { h.newer.assign(1, std::byte{1}); }), "");
  EXPECT_NE(refused([](PvHeader& h) {
              h.extension_version = 3;
              h.newer.assign(500, std::byte{1});
            }),
            "");
  EXPECT_EQ(refused([](PvHeader&) {}), "");
}

// A list of areas without an end must not lead the reader out of the sector.
TEST(UnitPvHeader, ListsWithoutAnEndAreCaught) {
  std::vector<std::byte> bytes(kHeaderBytes, std::byte{0x41});
  EXPECT_FALSE(unpack_pv_header(bytes));
  PvHeader header = sample();
  ASSERT_TRUE(pack_pv_header(header, bytes));
  // 40 bytes of fixed part and two lists of one entry and an end each.
  for (std::size_t length = 0; length < 40 + 64; ++length)
    EXPECT_FALSE(unpack_pv_header(std::span(bytes).first(length))) << length;
  EXPECT_TRUE(unpack_pv_header(std::span(bytes).first(40 + 64)));
}

TEST(UnitPvHeader, RandomHeadersRoundTrip) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 2000; ++round) {
    PvHeader header;
    std::array<std::uint8_t, 32> noise;
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
    header.id = PvId{Uuid::from_random(noise)};
    header.device_size = Bytes(random());
    header.data_areas = {{Bytes(1 + random() % (1ull << 40)), Bytes(0)}};
    for (std::uint64_t i = random() % 3; i > 0; --i)
      header.metadata_areas.push_back({Bytes(random() >> 1), Bytes(512 + random() % (1ull << 30))});
    if (random() % 2) header.boot_areas.push_back({Bytes(1 + random() % 1000), Bytes(random() % 1000)});
    header.set_used(random() % 2);
    Label label{random() % kLabelSectors, kPvHeaderOffset};
    auto sector = make_label_sector(label, header);
    ASSERT_TRUE(sector) << sector.error().text();
    std::vector<std::byte> head(kLabelScanSize);
    std::ranges::copy(*sector, head.begin() + static_cast<std::ptrdiff_t>(label.sector * 512));
    auto scan = find_label(head);
    ASSERT_TRUE(scan.label);
    auto again = read_pv_header(head, *scan.label);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, header);
  }
}

}  // namespace
}  // namespace lvm::ondisk
