// SPDX-License-Identifier: LGPL-2.1-or-later
#include "access/volume_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lvm::access {
namespace {

using ::testing::ElementsAre;

dm::user::Volume volume(const char* name, std::uint32_t minor, std::optional<dm::NodeLink> link, bool live = true) {
  dm::user::Volume out;
  out.info.name = name;
  out.info.device = {253, minor};
  out.info.live_table = live;
  out.size = Bytes(4096 * (minor + 1));
  out.link = std::move(link);
  return out;
}

class UnitVolumeFiles : public ::testing::Test {
 protected:
  std::vector<dm::user::Volume> volumes_ = {
      volume("vg-root", 0, dm::NodeLink{"vg", "root"}), volume("vg-root-real", 1, std::nullopt),
      volume("v2-x", 2, dm::NodeLink{"v2", "x"}), volume("v3-y", 3, dm::NodeLink{"v3", "y"}, false)};
};

TEST_F(UnitVolumeFiles, DirectoriesOfVgsAndOfAll) {
  EXPECT_THAT(list_directory(volumes_, "/"), ElementsAre("mapper", "v2", "vg"));
  EXPECT_THAT(list_directory(volumes_, "/mapper"), ElementsAre("v2-x", "vg-root", "vg-root-real"));
  EXPECT_THAT(list_directory(volumes_, "/vg"), ElementsAre("root"));
  EXPECT_THAT(list_directory({}, "/"), ElementsAre("mapper"));
}

TEST_F(UnitVolumeFiles, BothNamesLeadToTheDevice) {
  for (const char* path : {"/vg/root", "/mapper/vg-root"}) {
    auto node = find_node(volumes_, path);
    ASSERT_TRUE(node) << path;
    EXPECT_FALSE(node->directory);
    EXPECT_EQ(node->device, (dm::DeviceNumber{253, 0}));
    EXPECT_EQ(node->size, Bytes(4096));
  }
  EXPECT_TRUE(find_node(volumes_, "/vg")->directory);
  EXPECT_TRUE(find_node({}, "/mapper")->directory);
  for (const char* path : {"/vg/swap", "/v3", "/v3/y", "/mapper/v3-y", "/vg/swap/x", "vg/root", "/mapper/"})
    EXPECT_FALSE(find_node(volumes_, path)) << path;
}

}  // namespace
}  // namespace lvm::access
