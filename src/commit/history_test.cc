// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "commit/testing/disks.h"

namespace lvm::commit {
namespace {

using namespace testing;
using ::testing::HasSubstr;

class UnitCommitHistory : public ::testing::Test {
 protected:
  UnitCommitHistory() {
    std::string settings = "backup { archive_dir = \"/a\" backup_dir = \"/b\" retain_min = 3 retain_days = 30 }";
    config_.add(config::Config::Layer::command_line, std::move(*syntax::Document::parse(settings, "test")));
    vg_ = make_vg("vg0", {label(fake_.io, "/dev/sda", pv_id('a'), {Bytes(61440)})});
    host_.name = "node";
    host_.os = "Linux";
    host_.release = "6.1.0";
    host_.version = "#1 SMP";
    host_.machine = "x86_64";
  }
  std::vector<std::string> names(const std::string& directory) {
    return fake_.files.list(directory).value_or(std::vector<std::string>());
  }
  Result<> archive_now() { return archive(fake_.system, config_, vg_, host_, "vgchange x"); }

  FakeSystem fake_;
  config::Config config_;
  world::Host host_;
  model::Vg vg_;
};

TEST_F(UnitCommitHistory, ArchiveIsNumberedAndReadable) {
  ASSERT_TRUE(archive_now());
  ASSERT_TRUE(archive_now());
  auto files = names("/a");
  ASSERT_EQ(files.size(), 2u);
  EXPECT_THAT(files[0], ::testing::MatchesRegex("vg0_00000-[0-9]+\\.vg"));
  EXPECT_THAT(files[1], ::testing::MatchesRegex("vg0_00001-[0-9]+\\.vg"));
  auto text = fake_.files.read("/a/" + files[0]);
  EXPECT_THAT(*text, HasSubstr("description = \"Created *before* executing 'vgchange x'\"\n"));
  EXPECT_THAT(*text, HasSubstr("creation_host = \"node\"\t# Linux node 6.1.0 #1 SMP x86_64\n"));
  EXPECT_EQ(fake_.files.files().at("/a/" + files[0]).mode, 0600u);
  auto read = metadata::read(*text, "archive");
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->vg, vg_);
}

TEST_F(UnitCommitHistory, NumbersGoOnBehindTheHighest) {
  ASSERT_TRUE(fake_.files.replace("/a/vg0_00041-7.vg", "x", 0600));
  ASSERT_TRUE(fake_.files.replace("/a/vg0_b_00099-7.vg", "x", 0600));  // another VG: "vg0_b"
  ASSERT_TRUE(fake_.files.replace("/a/vg0_99999.vg", "x", 0600));
  ASSERT_TRUE(fake_.files.replace("/a/vg0_00050-x.vg", "x", 0600));
  ASSERT_TRUE(archive_now());
  bool found = false;
  for (const auto& name : names("/a")) found |= name.starts_with("vg0_00042-");
  EXPECT_TRUE(found);
}

TEST_F(UnitCommitHistory, OldArchivesGoOnceThereAreEnough) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(archive_now());
  EXPECT_EQ(names("/a").size(), 5u) << "none is old";
  fake_.clock.advance(31 * 24 * 3600);
  ASSERT_TRUE(archive_now());
  auto left = names("/a");
  ASSERT_EQ(left.size(), 3u) << "retain_min";
  EXPECT_TRUE(left[0].starts_with("vg0_00003-"));
  EXPECT_TRUE(left[2].starts_with("vg0_00005-"));
}

TEST_F(UnitCommitHistory, BackupIsReplacedAndRemoved) {
  ASSERT_TRUE(backup(fake_.system, config_, vg_, host_, "vgcreate vg0"));
  EXPECT_THAT(*fake_.files.read("/b/vg0"), HasSubstr("description = \"Created *after* executing 'vgcreate vg0'\"\n"));
  ++vg_.seqno;
  ASSERT_TRUE(backup(fake_.system, config_, vg_, host_, "vgchange"));
  EXPECT_EQ(metadata::read(*fake_.files.read("/b/vg0"), "b")->vg.seqno, 2u);
  ASSERT_TRUE(remove_backup(fake_.system, config_, "vg0"));
  EXPECT_FALSE(fake_.files.read("/b/vg0"));
  EXPECT_TRUE(remove_backup(fake_.system, config_, "vg0")) << "nothing to remove is fine";
}

TEST_F(UnitCommitHistory, AnArchiveThatCannotBeWrittenStopsTheCommand) {
  fake_.files.set_failure(Error(Code::no_space, "/a: No space left on device"));
  auto failed = archive_now();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), Code::no_space);
}

}  // namespace
}  // namespace lvm::commit
