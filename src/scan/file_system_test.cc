// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scan/file_system.h"

#include <gtest/gtest.h>

namespace lvm::scan {
namespace {

TEST(UnitMounts, AreFoundByNumberOrNameWithNamesAndOptionsAsMountTakesThem) {
  const std::string text =
      "22 1 254:3 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw,errors=remount-ro\n"
      "30 22 254:7 / /srv/with\\040blank rw,noatime shared:2 master:1 - ext4 /dev/mapper/vg-a rw,seclabel,quota\n"
      "31 22 254:7 /sub /mnt/part ro - ext4 /dev/mapper/vg-a rw\n"
      "32 22 0:44 / /data rw - btrfs /dev/mapper/vg-b rw,space_cache=v2\n"
      "broken line\n";
  auto by_number = mounts_in(text, {254, 7}, {"/dev/vg/a"});
  ASSERT_EQ(by_number.size(), 2u);
  EXPECT_EQ(by_number[0], (world::FileSystem::Mount{"/srv/with blank", "rw,noatime,quota", true}));
  EXPECT_EQ(by_number[1], (world::FileSystem::Mount{"/mnt/part", "ro", false}));
  auto by_name = mounts_in(text, {254, 8}, {"/dev/vg/b", "/dev/mapper/vg-b"});
  ASSERT_EQ(by_name.size(), 1u);
  EXPECT_EQ(by_name[0].point, "/data");
  EXPECT_TRUE(mounts_in(text, {254, 9}, {"/dev/vg/c"}).empty());
}

}  // namespace
}  // namespace lvm::scan
