// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/cow.h"

#include <gtest/gtest.h>

namespace lvm::plan {
namespace {

TEST(UnitCow, TheLargestStoreHasRoomForHeaderExceptionsAndEveryChunk) {
  // 2048 chunks of 4 KiB, 256 exceptions in an area: a header, 9 areas.
  EXPECT_EQ(largest_cow(Sectors(16384), Sectors(8)).n, (1 + 2048 + 9) * 8u);
  EXPECT_EQ(largest_cow(Sectors(16384), Sectors(1024)).n, (1 + 16 + 1) * 1024u);
  EXPECT_EQ(largest_cow(Sectors(1), Sectors(8)).n, 3 * 8u) << "a part of a chunk counts as a chunk";
}

TEST(UnitCow, ChunksArePowersOfTwoFrom4To512KiB) {
  EXPECT_TRUE(is_cow_chunk_size(Sectors(8)));
  EXPECT_TRUE(is_cow_chunk_size(Sectors(1024)));
  for (std::uint64_t bad : {0u, 4u, 12u, 2048u}) EXPECT_FALSE(is_cow_chunk_size(Sectors(bad))) << bad;
}

}  // namespace
}  // namespace lvm::plan
