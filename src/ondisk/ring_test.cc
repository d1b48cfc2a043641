// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ondisk/ring.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "base/crc.h"

namespace lvm::ondisk {
namespace {

struct Written {
  std::uint64_t offset, size;
};

// Offsets and sizes of 61 texts that LVM2 2.03.16 wrote one after the other into an area of 32 KiB.
constexpr Written kReference[] = {
    {512, 716},     {1536, 731},    {2560, 959},    {3584, 839},    {4608, 1511},   {6144, 2063},   {8704, 1601},
    {10752, 2939},  {13824, 2261},  {16384, 2256},  {18944, 2706},  {22016, 3158},  {25600, 2806},  {28672, 3933},
    {512, 4709},    {5632, 4012},   {9728, 4243},   {14336, 4583},  {18944, 4346},  {23552, 5249},  {29184, 5916},
    {3072, 5334},   {8704, 5341},   {14336, 5572},  {19968, 5450},  {25600, 6129},  {31744, 6687},  {6656, 6220},
    {13312, 7571},  {20992, 6888},  {28160, 6881},  {3072, 7336},   {10752, 7785},  {18944, 7433},  {26624, 8560},
    {3072, 9336},   {12800, 8639},  {21504, 8870},  {30720, 9210},  {7680, 8973},   {16896, 9876},  {27136, 10543},
    {5632, 9961},   {15872, 9968},  {26112, 10199}, {4096, 10077},  {14336, 10756}, {25600, 11314}, {5120, 10847},
    {16384, 12198}, {28672, 11515}, {8192, 11508},  {19968, 11963}, {32256, 12412}, {12800, 12060}, {25088, 13187},
    {6144, 13963},  {20480, 13266}, {1536, 13497},  {15360, 13837}, {29696, 13600}};

TEST(UnitRing, PutsTextsWhereTheReferencePutsThem) {
  TextLocation committed;
  for (const Written& written : kReference) {
    auto placement = place(Bytes(32768), committed, Bytes(written.size));
    ASSERT_TRUE(placement) << placement.error().text();
    EXPECT_EQ(placement->offset.n, written.offset);
    committed = {placement->offset, Bytes(written.size), 0};
  }
}

TEST(UnitRing, LimitIsTheReferences) {
  EXPECT_EQ(max_text_size(Bytes(32768)).n, 15616u);  // "exceeds maximum metadata size (15616 bytes)"
  EXPECT_EQ(max_text_size(Bytes(1044480)).n, 521472u);
  EXPECT_EQ(max_text_size(Bytes(1535)).n, 0u);
  EXPECT_EQ(max_text_size(Bytes(0)).n, 0u);
  EXPECT_TRUE(place(Bytes(32768), {}, Bytes(15616)));
  auto too_large = place(Bytes(32768), {}, Bytes(15617));
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().code(), Code::no_space);
}

TEST(UnitRing, NeverOverlapsTheTextInForce) {
  std::mt19937_64 random(7);
  for (std::uint64_t area : {8192u, 32768u, 61440u, 33280u, 40000u}) {
    TextLocation committed;
    std::uint64_t limit = max_text_size(Bytes(area)).n;
    for (int round = 0; round < 20000; ++round) {
      // Sizes cluster around sector boundaries and the limit, where mistakes live.
      std::uint64_t size = 1 + random() % limit;
      if (round % 3 == 0) size = std::min(limit, round_up(size, 512));
      if (round % 7 == 0) size = limit;
      auto placement = place(Bytes(area), committed, Bytes(size));
      ASSERT_TRUE(placement) << area << " " << size << ": " << placement.error().text();
      TextLocation text{placement->offset, Bytes(size), 0};
      EXPECT_FALSE(overlap(Bytes(area), text, committed));
      EXPECT_EQ(placement->offset.n % 512, 0u);
      EXPECT_LE(placement->text.first.end().n, area);
      EXPECT_EQ((placement->text.first.size + placement->text.second.size).n, size + placement->padding.n);
      EXPECT_FALSE(overlap(Bytes(area), {placement->offset, Bytes(size + placement->padding.n), 0}, committed));
      committed = text;
    }
  }
}

TEST(UnitRing, OneByteShortOfTheEndGoesToTheStart) {
  // The old text ends 511 bytes before the end of the area.
  EXPECT_EQ(next_text_start(Bytes(8192), {Bytes(7168), Bytes(513), 0}), Bytes(512));
  // It ends exactly 512 bytes before: the byte left free moves the next start past the end.
  EXPECT_EQ(next_text_start(Bytes(8192), {Bytes(7168), Bytes(512), 0}), Bytes(512));
  EXPECT_EQ(next_text_start(Bytes(8192), {Bytes(7168), Bytes(511), 0}), Bytes(7680));
  // A text that ends on a sector boundary is followed by an empty sector.
  EXPECT_EQ(next_text_start(Bytes(8192), {Bytes(512), Bytes(512), 0}), Bytes(1536));
  EXPECT_EQ(next_text_start(Bytes(8192), {Bytes(512), Bytes(511), 0}), Bytes(1024));
}

TEST(UnitRing, ADamagedOldLocationCountsAsNone) {
  EXPECT_EQ(next_text_start(Bytes(8192), {Bytes(~0ull), Bytes(5), 0}), Bytes(512));
  EXPECT_EQ(next_text_start(Bytes(8192), {Bytes(512), Bytes(~0ull), 0}), Bytes(512));
}

TEST(UnitRing, SplitsAcrossTheEnd) {
  auto split = pieces(Bytes(8192), Bytes(7680), Bytes(1000));
  ASSERT_TRUE(split);
  EXPECT_EQ(split->first, (DiskArea{Bytes(7680), Bytes(512)}));
  EXPECT_EQ(split->second, (DiskArea{Bytes(512), Bytes(488)}));
  EXPECT_TRUE(pieces(Bytes(8192), Bytes(512), Bytes(7680)));
  EXPECT_FALSE(pieces(Bytes(8192), Bytes(512), Bytes(7681)));
  EXPECT_FALSE(pieces(Bytes(8192), Bytes(8192), Bytes(1)));
  EXPECT_FALSE(pieces(Bytes(8192), Bytes(0), Bytes(1)));
}

// Texts of very old versions may start anywhere: padding must not run over them.
TEST(UnitRing, PaddingGivesWayToAnUnalignedTextInForce) {
  TextLocation old{Bytes(4000), Bytes(4200), 0};  // wraps: 4000..8191 and 512..519
  auto placement = place(Bytes(8192), old, Bytes(2976));
  ASSERT_TRUE(placement) << placement.error().text();
  EXPECT_EQ(placement->offset, Bytes(1024));
  EXPECT_EQ(placement->text.first.end(), Bytes(4000));
  EXPECT_EQ(placement->padding, Bytes(0));
  EXPECT_FALSE(place(Bytes(8192), old, Bytes(2977)));
}

TEST(UnitRing, TooLargeATextInForceIsAnErrorNotAnOverwrite) {
  TextLocation old{Bytes(512), Bytes(7000), 0};
  auto placement = place(Bytes(8192), old, Bytes(3000));
  ASSERT_FALSE(placement);
  EXPECT_EQ(placement.error().code(), Code::no_space);
}

TEST(UnitRing, ChecksumCountsTheFinalNul) {
  std::string text("abc");
  std::string with_nul("abc\0", 4);
  EXPECT_EQ(text_checksum(text), crc32(std::as_bytes(std::span(with_nul))));
}

}  // namespace
}  // namespace lvm::ondisk
