// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/pool_sizes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/testing/world_builder.h"

namespace lvm::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::WorldBuilder;

constexpr std::uint64_t kGiB = 256;  // extents of 4 MiB

class Pools {
 public:
  Pools() { world_.pv("/dev/sda", 200000).vg("vg", {"/dev/sda"}); }
  Result<PoolSizes> thin(std::uint64_t extents, PoolOptions options = {}) {
    return thin_pool_sizes(world_.context(), *world_.view("vg").vg, Extents(extents), options);
  }
  Result<PoolSizes> cache(std::uint64_t extents, PoolOptions options = {}) {
    return cache_pool_sizes(world_.context(), *world_.view("vg").vg, Extents(extents), options);
  }
  WorldBuilder& world() { return world_; }

 private:
  WorldBuilder world_;
};

// The numbers of these tests are what the reference was seen to choose.
TEST(UnitPoolSizes, ThinMetadataIsSixtyFourBytesAChunk) {
  Pools pools;
  auto sizes = pools.thin(10 * kGiB);
  ASSERT_TRUE(sizes);
  EXPECT_EQ(sizes->chunk.n, 128u);
  EXPECT_EQ(sizes->metadata.n, 3u) << "10 MiB";
}

TEST(UnitPoolSizes, ThinChunksGrowBeforeMetadataIsLargerThan128MiB) {
  Pools pools;
  auto sizes = pools.thin(200 * kGiB);
  ASSERT_TRUE(sizes);
  EXPECT_EQ(sizes->chunk.n, 256u);
  EXPECT_EQ(sizes->metadata.n, 25u);
}

TEST(UnitPoolSizes, ThinChunksFitTheMetadataThatIsGiven) {
  Pools pools;
  EXPECT_EQ(pools.thin(10 * kGiB, {.metadata_size = Bytes(100 << 20)})->chunk.n, 128u);
  EXPECT_EQ(pools.thin(10 * kGiB, {.metadata_size = Bytes(4 << 20)})->chunk.n, 512u);
  EXPECT_EQ(pools.thin(100 * kGiB, {.metadata_size = Bytes(4 << 20)})->chunk.n, 4096u) << "above 1 MiB in whole MiB";
}

TEST(UnitPoolSizes, MetadataIsKeptWithinItsLimits) {
  Pools pools;
  auto small = pools.thin(kGiB, {.chunk_size = Sectors(128), .metadata_size = Bytes(1024)});
  ASSERT_TRUE(small);
  EXPECT_EQ(small->metadata.n, 1u);
  auto large = pools.thin(kGiB, {.chunk_size = Sectors(128), .metadata_size = Bytes(17ULL << 30)});
  ASSERT_TRUE(large);
  EXPECT_EQ(large->metadata.n, 4065u);
  EXPECT_THAT(pools.world().said(),
              ElementsAre("Reducing pool metadata size 17.00 GiB to maximum usable size <15.88 GiB."));
}

TEST(UnitPoolSizes, ChunksOutsideOfTheKernelsRangeAreRefused) {
  Pools pools;
  const Context context = pools.world().context();
  EXPECT_EQ(check_thin_chunk(context, Sectors(64)).error().message(),
            "Thin pool chunk size 32.00 KiB is not in the range 64.00 KiB to 1.00 GiB.\n"
            "Thin pool chunk size 32.00 KiB must be a multiple of 64.00 KiB.");
  EXPECT_THAT(check_thin_chunk(context, Sectors(200)).error().message(), HasSubstr("must be a multiple of 64.00 KiB"));
  EXPECT_THAT(check_cache_chunk(context, Sectors(96)).error().message(), HasSubstr("must be a multiple of 32.00 KiB"));
  EXPECT_TRUE(check_thin_chunk(context, Sectors(384)));
  EXPECT_TRUE(check_cache_chunk(context, Sectors(192)));
}

TEST(UnitPoolSizes, CacheMetadataHasAFixedPartAndOneForEachChunk) {
  Pools pools;
  auto sizes = pools.cache(10 * kGiB);
  ASSERT_TRUE(sizes);
  EXPECT_EQ(sizes->chunk.n, 128u);
  EXPECT_EQ(sizes->metadata.n, 3u) << "4 MiB and 163840 times 44 bytes";
}

TEST(UnitPoolSizes, CachesHaveAtMostAMillionChunks) {
  Pools pools;
  auto sizes = pools.cache(100 * kGiB);
  ASSERT_TRUE(sizes);
  EXPECT_EQ(sizes->chunk.n, 256u);
  EXPECT_THAT(pools.world().said(),
              ElementsAre("Using 128.00 KiB chunk size instead of default 64.00 KiB, so cache pool has less than "
                          "1000000 chunks."));
  auto given = pools.cache(100 * kGiB, {.chunk_size = Sectors(128)});
  ASSERT_FALSE(given);
  EXPECT_THAT(given.error().message(), HasSubstr("less than required minimal chunk size 128.00 KiB"));
}

TEST(UnitPoolSizes, WhatAPoolCanAddressIsSaid) {
  Pools pools;
  ASSERT_TRUE(
      announce_thin_pool(pools.world().context(), *pools.world().view("vg").vg, Extents(100), Sectors(2048), true));
  EXPECT_THAT(pools.world().said(),
              ElementsAre("Thin pool volume with chunk size 1.00 MiB can address at most 254.00 TiB of data.",
                          "WARNING: Pool zeroing and 1.00 MiB large chunk size slows down thin provisioning.",
                          "WARNING: Consider disabling zeroing (-Zn) or using smaller chunk size (<512.00 KiB)."));
  auto tiny =
      announce_thin_pool(pools.world().context(), *pools.world().view("vg").vg, Extents(1), Sectors(16384), false);
  ASSERT_FALSE(tiny);
  EXPECT_THAT(tiny.error().message(), HasSubstr("cannot be smaller than chunk size 8.00 MiB"));
}

}  // namespace
}  // namespace lvm::plan
