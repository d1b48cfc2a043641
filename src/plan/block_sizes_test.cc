// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/block_sizes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/pool_sizes.h"
#include "plan/testing/world_builder.h"

namespace lvm::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::WorldBuilder;

constexpr device::Topology kSmall{.logical_block_size = 512, .physical_block_size = 512};
constexpr device::Topology kLarge{.logical_block_size = 4096, .physical_block_size = 4096};

// A volume on each of two PVs, and one on both.
class Blocks {
 public:
  explicit Blocks(device::Topology first = kSmall, device::Topology second = kSmall) {
    world_.pv("/dev/sda", 100).pv("/dev/sdb", 100).vg("vg", {"/dev/sda", "/dev/sdb"});
    world_.linear("one", "/dev/sda", 0, 10).linear("two", "/dev/sdb", 0, 10);
    world_.striped("both", {"/dev/sda", "/dev/sdb"}, 20, 10);
    facts.pvs.emplace(world_.pv_id("/dev/sda"), first);
    facts.pvs.emplace(world_.pv_id("/dev/sdb"), second);
  }
  const model::Vg& vg() { return *world_.view("vg").vg; }
  const model::Lv& lv(const std::string& name) { return *vg().find_lv(name); }
  std::string writecache(const std::string& name, std::optional<std::uint32_t> given = {}) {
    Context context = world_.context();
    return text(writecache_block_size(context, vg(), lv(name), facts, given));
  }
  std::string made(const std::string& name, std::uint32_t given = 0) {
    return text(new_integrity_block_size(vg(), lv(name), facts, given));
  }
  std::string added(const std::string& name, std::uint32_t given = 0) {
    auto chosen = added_integrity_block_size(vg(), lv(name), facts, given);
    said = chosen ? chosen->said : std::vector<std::string>{};
    return chosen ? std::to_string(chosen->size) : chosen.error().text();
  }
  static std::string text(const Result<std::uint32_t>& result) {
    return result ? std::to_string(*result) : result.error().text();
  }
  WorldBuilder& world() { return world_; }

  BlockFacts facts;
  std::vector<std::string> said;

 private:
  WorldBuilder world_;
};

// The numbers and words of these tests are the reference's.
TEST(UnitBlockSizes, AWritecacheFollowsTheFileSystem) {
  Blocks blocks;
  EXPECT_EQ(blocks.writecache("one"), "4096");
  EXPECT_THAT(blocks.world().said(),
              ElementsAre("WARNING: unable to detect a file system block size on vg/one",
                          "WARNING: using a writecache block size larger than the file system block size may corrupt "
                          "the file system.",
                          "Using writecache block size 4096 for unknown file system block size, logical block size "
                          "512, physical block size 512."));
  Blocks known;
  known.facts.file_system = 1024;
  EXPECT_EQ(known.writecache("one"), "512");
  EXPECT_EQ(known.writecache("one", 4096),
            "Writecache block size 4096 cannot be larger than file system block size 1024.");
  known.facts.file_system = 4096;
  EXPECT_EQ(known.writecache("one"), "4096");
  EXPECT_EQ(known.writecache("one", 512), "512");
  EXPECT_THAT(known.world().said(), IsEmpty());
}

TEST(UnitBlockSizes, AWritecacheFollowsTheDevice) {
  Blocks blocks(kLarge);
  EXPECT_EQ(blocks.writecache("one"), "4096");
  EXPECT_EQ(blocks.writecache("one", 512),
            "Writecache block size 512 not allowed with device logical block size 4096.");
  EXPECT_EQ(blocks.writecache("two", 512), "512");
}

TEST(UnitBlockSizes, ChecksumsFollowTheDeviceAndTheFileSystem) {
  Blocks blocks;
  EXPECT_EQ(blocks.made("one"), "512");
  EXPECT_EQ(blocks.made("one", 2048), "2048");
  EXPECT_EQ(blocks.added("one"), "512");
  EXPECT_THAT(blocks.said,
              ElementsAre("Using integrity block size 512 for unknown file system block size, logical block "
                          "size 512, physical block size 512."));
  EXPECT_EQ(blocks.added("one", 4096),
            "Cannot use integrity block size 4096 with unknown file system block size, "
            "logical block size 512, physical block size 512.");
  blocks.facts.file_system = 4096;
  EXPECT_EQ(blocks.added("one"), "512");
  EXPECT_THAT(blocks.said, ElementsAre("Limiting integrity block size to 512 because the LV is active.",
                                       "Using integrity block size 512 for file system block size 4096."));
  EXPECT_EQ(blocks.added("one", 4096), "4096");
  blocks.facts.file_system = 1024;
  EXPECT_EQ(blocks.added("one", 2048), "Integrity block size 2048 cannot be larger than file system block size 1024.");
}

TEST(UnitBlockSizes, ChecksumsWantDevicesOfOneKind) {
  Blocks blocks(kLarge, kSmall);
  EXPECT_EQ(blocks.made("one"), "4096");
  EXPECT_EQ(blocks.made("one", 512), "Integrity block size 512 not allowed with device logical block size 4096.");
  EXPECT_EQ(blocks.made("both"), "Integrity requires consistent logical block size for LV devices.");
}

TEST(UnitBlockSizes, ChunksOfThinPoolsSuitTheDevices) {
  auto sized = [](std::uint64_t minimum, std::uint64_t optimal) {
    device::Topology out = kSmall;
    out.minimum_io_size = Bytes(minimum);
    out.optimal_io_size = Bytes(optimal);
    return out;
  };
  constexpr std::uint64_t kKiB = 1024;
  Blocks blocks(sized(128 * kKiB, 512 * kKiB), sized(192 * kKiB, 0));
  constexpr Sectors kChosen{128};
  auto chunk = [&](const std::string& lv, PoolOptions options = {}) {
    Context context = blocks.world().context();
    return suited_thin_chunk(context, blocks.vg(), blocks.lv(lv), options, blocks.facts, kChosen).n / 2;
  };
  EXPECT_EQ(chunk("one"), 128u);
  EXPECT_EQ(chunk("both"), 384u) << "the least multiple of both";
  EXPECT_EQ(chunk("one", {.chunk_size = kChosen}), 64u) << "what is given stays";
  Blocks odd(sized(100 * kKiB, 0));
  Context context = odd.world().context();
  EXPECT_EQ(suited_thin_chunk(context, odd.vg(), odd.lv("one"), {}, odd.facts, kChosen), kChosen)
      << "the kernel takes 64 KiB";
}

}  // namespace
}  // namespace lvm::plan
