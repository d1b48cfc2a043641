// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/file_system.h"

#include <gtest/gtest.h>

#include "base/programs.h"

namespace lvm::plan {
namespace {

using Request = FileSystemRequest;

class UnitFileSystem : public ::testing::Test {
 protected:
  UnitFileSystem() { request_.found = {.type = "ext4", .path = "/dev/vg/a", .end = mib(64)}; }
  static Bytes mib(std::uint64_t n) { return Bytes(n << 20); }

  // "before | behind", commands only.
  std::string resized(Bytes from, Bytes to) {
    world::World world;
    config::Config config;
    Context context{world, config, 0, {}, nullptr};
    auto steps = resize_file_system(context, "vg/a", from, to, request_);
    if (!steps) return "refused: " + steps.error().text();
    questions_ = steps->questions;
    std::string out;
    for (const auto* list : {&steps->before, &steps->behind}) {
      if (list == &steps->behind) out += " | ";
      for (const step::Step& step : *list) {
        const auto& run = std::get<step::RunProgram>(step);
        if (!out.empty() && !out.ends_with("| ")) out += "; ";
        out += command_text(run.words);
        if (!run.at_the_end.empty()) out += " [" + command_text(run.at_the_end) + "]";
      }
    }
    return out;
  }

  Request request_;
  std::vector<step::Question> questions_;
};

TEST_F(UnitFileSystem, ExtGrowsWhereItIsMountedAndIsCheckedWhereItIsNot) {
  EXPECT_EQ(resized(mib(64), mib(80)), " | e2fsck -f -p /dev/vg/a; resize2fs /dev/vg/a");
  request_.check = false;
  EXPECT_EQ(resized(mib(64), mib(80)), " | resize2fs -f /dev/vg/a");
  request_.check = true;
  request_.found.mounts = {{"/srv", "rw,relatime"}};
  EXPECT_EQ(resized(mib(64), mib(80)), " | resize2fs /dev/vg/a");
  EXPECT_TRUE(questions_.empty());
  request_.mode = Request::Mode::offline;
  EXPECT_EQ(
      resized(mib(64), mib(80)),
      " | umount /srv [mount -t ext4 -o rw,relatime /dev/vg/a /srv]; e2fsck -f -p /dev/vg/a; resize2fs /dev/vg/a");
}

TEST_F(UnitFileSystem, ExtShrinksBeforeItsVolumeUnmountedAndAsksForThat) {
  EXPECT_EQ(resized(mib(64), mib(32)), "e2fsck -f -p /dev/vg/a; resize2fs /dev/vg/a 32768K | ");
  EXPECT_TRUE(questions_.empty());
  request_.found.mounts = {{"/srv", "rw"}, {"/also here", "ro"}};
  EXPECT_EQ(resized(mib(64), mib(32)),
            "umount '/also here' [mount -t ext4 -o ro /dev/vg/a '/also here']; umount /srv [mount -t ext4 -o rw "
            "/dev/vg/a /srv]; e2fsck -f -p /dev/vg/a; resize2fs /dev/vg/a 32768K | ");
  ASSERT_EQ(questions_.size(), 1u);
  request_.mode_given = true;
  resized(mib(64), mib(32));
  EXPECT_TRUE(questions_.empty());
  request_.mode = Request::Mode::nochange;
  EXPECT_TRUE(
      resized(mib(64), mib(32)).starts_with("refused: The ext4 file system on vg/a would have to be unmounted"));
  request_.mode = Request::Mode::manage;
  request_.found.mounts[1].whole = false;
  EXPECT_NE(resized(mib(64), mib(32)).find("mounted in part on /also here"), std::string::npos);
}

TEST_F(UnitFileSystem, WhatEndsBeforeTheNewSizeIsLeftAlone) {
  request_.found.end = mib(30);
  request_.found.mounts = {{"/srv", "rw"}};
  EXPECT_EQ(resized(mib(64), mib(32)), " | ");
  EXPECT_TRUE(questions_.empty());
}

TEST_F(UnitFileSystem, XfsNeverShrinksAndGrowsMountedOnly) {
  request_.found.type = "xfs";
  EXPECT_EQ(resized(mib(64), mib(32)), "refused: The xfs file system on vg/a cannot be reduced.");
  EXPECT_EQ(resized(mib(64), mib(80)),
            " | mkdir -p /run/lvm/resize/vg_a [rmdir /run/lvm/resize/vg_a]; mount -t xfs /dev/vg/a "
            "/run/lvm/resize/vg_a [umount /run/lvm/resize/vg_a]; xfs_growfs /run/lvm/resize/vg_a");
  EXPECT_EQ(questions_.size(), 1u);
  request_.mode = Request::Mode::nochange;
  EXPECT_TRUE(resized(mib(64), mib(80)).starts_with("refused:"));
  request_.found.mounts = {{"/srv", "rw"}};
  EXPECT_EQ(resized(mib(64), mib(80)), " | xfs_growfs /srv");
  request_.mode = Request::Mode::offline;
  EXPECT_TRUE(resized(mib(64), mib(80)).starts_with("refused:"));
}

TEST_F(UnitFileSystem, BtrfsIsResizedByDeviceAndOnlyWhenItHasOne) {
  request_.found.type = "btrfs";
  request_.found.id = 2;
  request_.found.mounts = {{"/srv", "rw"}};
  EXPECT_EQ(resized(mib(64), mib(80)), " | btrfs filesystem resize 2:max /srv");
  request_.found.end = mib(64);
  EXPECT_EQ(resized(mib(64), mib(32)), "btrfs filesystem resize 2:33554432 /srv | ");
  request_.found.parts = 3;
  EXPECT_TRUE(resized(mib(64), mib(80)).starts_with("refused:"));
}

TEST_F(UnitFileSystem, SwapIsMadeAnewUnderItsOwnName) {
  request_.found.type = "swap";
  request_.found.uuid = "11-22";
  request_.found.label = "my swap";
  request_.found.swapped_on = true;
  EXPECT_EQ(resized(mib(64), mib(32)), "swapoff /dev/vg/a [swapon /dev/vg/a] | mkswap -U 11-22 -L 'my swap' /dev/vg/a");
  EXPECT_EQ(questions_.size(), 1u);
}

TEST_F(UnitFileSystem, EncryptionGrowsFirstAndShrinksLast) {
  request_.found.encryption = {"secret", mib(16)};
  request_.found.path = "/dev/mapper/secret";
  EXPECT_EQ(resized(mib(80), mib(96)),
            " | cryptsetup resize secret; e2fsck -f -p /dev/mapper/secret; resize2fs /dev/mapper/secret");
  EXPECT_EQ(resized(mib(80), mib(48)),
            "e2fsck -f -p /dev/mapper/secret; resize2fs /dev/mapper/secret 32768K; cryptsetup resize --size 65536 "
            "secret | ");
  EXPECT_TRUE(resized(mib(80), mib(16)).starts_with("refused:"));
  request_.found.encryption->name.clear();
  EXPECT_NE(resized(mib(80), mib(96)).find("is encrypted and not open"), std::string::npos);
}

TEST_F(UnitFileSystem, UnknownContentIsRefusedBeforeTheVolumeGrows) {
  request_.found.type = "vfat";
  EXPECT_EQ(resized(mib(64), mib(80)), "refused: The vfat file system on vg/a cannot be extended by this command.");
  request_.found.type.clear();
  EXPECT_EQ(resized(mib(64), mib(80)), "refused: File system not found on vg/a.");
}

TEST_F(UnitFileSystem, CheckSizeRefusesOnlyWhatWouldBeCut) {
  request_.handling = Request::Handling::checksize;
  EXPECT_EQ(resized(mib(80), mib(64)), " | ");
  EXPECT_EQ(resized(mib(64), mib(80)), " | ");
  EXPECT_NE(resized(mib(64), mib(60)).find("ends behind the new size"), std::string::npos);
  request_.found.end = Bytes();
  EXPECT_NE(resized(mib(64), mib(60)).find("does not say where it ends"), std::string::npos);
  request_.found.type.clear();
  EXPECT_EQ(resized(mib(64), mib(60)), " | ");
}

}  // namespace
}  // namespace lvm::plan
