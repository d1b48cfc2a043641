// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/online.h"

#include <gtest/gtest.h>

#include "system/fake/fake_system.h"

namespace lvm::cli {
namespace {

const std::string kA(32, 'a'), kB(32, 'b');

class UnitOnline : public ::testing::Test {
 protected:
  std::string text(const std::string& path) { return machine_.files.read("/run/lvm/" + path).value_or("absent"); }
  FakeSystem machine_;
  OnlineFiles online_{machine_.files};
};

TEST_F(UnitOnline, FilesAreThoseOfLvm2) {
  ASSERT_TRUE(online_.put({kA, {8, 16}, "vg", "/dev/sdb"}));
  ASSERT_TRUE(online_.put({kB, {8, 32}, "", "/dev/sdc"}));
  ASSERT_TRUE(online_.put_members("vg", {kA, kB}));
  EXPECT_EQ(text("pvs_online/" + kA), "8:16\nvg:vg\ndev:/dev/sdb\n");
  EXPECT_EQ(text("pvs_online/" + kB), "8:32\ndev:/dev/sdc\n");
  EXPECT_EQ(text("pvs_lookup/vg"), kA + "\n" + kB + "\n");
  EXPECT_EQ(online_.vg_of(kB), "vg");
  EXPECT_EQ(online_.find(kA), (OnlinePv{kA, {8, 16}, "vg", "/dev/sdb"}));
  EXPECT_EQ(online_.all().size(), 2u);
}

TEST_F(UnitOnline, AVgIsClaimedOnceUntilItIsReleased) {
  EXPECT_EQ(online_.claim("vg"), true);
  EXPECT_EQ(online_.claim("vg"), false);
  online_.release("vg");
  EXPECT_EQ(online_.claim("vg"), true);
}

TEST_F(UnitOnline, TheSamePvOnAnotherDeviceIsADuplicate) {
  ASSERT_TRUE(online_.put({kA, {8, 16}, "vg", "/dev/sdb"}));
  EXPECT_TRUE(online_.put({kA, {8, 16}, "vg", "/dev/sdb"}));
  auto other = online_.put({kA, {8, 48}, "vg", "/dev/sdd"});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), Code::exists);
  EXPECT_EQ(online_.find(kA)->path, "/dev/sdb");
}

TEST_F(UnitOnline, APvThatWentTakesItsVgAlong) {
  ASSERT_TRUE(online_.put({kA, {8, 16}, "vg", "/dev/sdb"}));
  ASSERT_TRUE(online_.put_members("vg", {kA, kB}));
  ASSERT_TRUE(online_.claim("vg"));
  ASSERT_TRUE(online_.remove(*online_.find(kA)));
  EXPECT_EQ(text("pvs_online/" + kA), "absent");
  EXPECT_EQ(text("vgs_online/vg"), "absent");
  EXPECT_EQ(text("pvs_lookup/vg"), "absent");
}

TEST_F(UnitOnline, TornFilesCountAsNotThere) {
  for (const char* torn : {"", "8", "8:", "x:y\n", "vg:vg\n"}) {
    ASSERT_TRUE(machine_.files.replace("/run/lvm/pvs_online/" + kA, torn, 0644));
    EXPECT_FALSE(online_.find(kA)) << torn;
  }
}

}  // namespace
}  // namespace lvm::cli
