// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/kernel/nodes.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/testing/temporary_folder.h"

namespace lvm::dm {
namespace {

class Warnings final : public Trace {
 public:
  bool wants(int) const override { return false; }
  void note(int, std::string_view) override {}
  void warn(std::string_view text) override { texts.emplace_back(text); }
  std::vector<std::string> texts;
};

class UnitDmNodes : public testing::Test {
 protected:
  UnitDmNodes() {
    nodes_ = std::make_unique<Nodes>(dev_, warnings_);
    // Nodes cannot be made everywhere (containers, no root): then links are all there is to test.
    auto probe = dev_ + "/probe";
    can_make_nodes_ = ::mknod(probe.c_str(), S_IFBLK | 0600, makedev(253, 200)) == 0;
    ::unlink(probe.c_str());
  }

  std::string read_link(const std::string& path) {
    std::error_code error;
    auto target = std::filesystem::read_symlink(dev_ + path, error);
    return error ? "" : target.string();
  }
  bool exists(const std::string& path) {
    struct stat status{};
    return ::lstat((dev_ + path).c_str(), &status) == 0;
  }

  TemporaryFolder folder_;
  const std::string& dev_ = folder_.path();
  Warnings warnings_;
  std::unique_ptr<Nodes> nodes_;
  bool can_make_nodes_ = false;
};

TEST_F(UnitDmNodes, NodeAndLinkAppearAndGo) {
  if (!can_make_nodes_) GTEST_SKIP() << "needs the right to make device nodes (root)";
  nodes_->want("vg-lv", {253, 200}, NodeLink{"vg", "lv"});
  ASSERT_TRUE(nodes_->apply(false));
  struct stat status{};
  ASSERT_EQ(::stat((dev_ + "/vg/lv").c_str(), &status), 0);
  EXPECT_EQ(status.st_rdev, makedev(253, 200));
  EXPECT_EQ(status.st_mode & 07777, 0660u);
  EXPECT_EQ(read_link("/vg/lv"), dev_ + "/mapper/vg-lv");
  EXPECT_FALSE(nodes_->pending());

  // The number changed: the stale node is replaced.
  nodes_->want("vg-lv", {253, 201}, NodeLink{"vg", "lv"});
  ASSERT_TRUE(nodes_->apply(false));
  ASSERT_EQ(::stat((dev_ + "/vg/lv").c_str(), &status), 0);
  EXPECT_EQ(status.st_rdev, makedev(253, 201));

  nodes_->unwant("vg-lv", NodeLink{"vg", "lv"});
  ASSERT_TRUE(nodes_->apply(false));
  EXPECT_FALSE(exists("/vg"));
  EXPECT_FALSE(exists("/mapper/vg-lv"));
  EXPECT_TRUE(warnings_.texts.empty());
}

TEST_F(UnitDmNodes, RenameAndReuseOfANameInOneGo) {
  if (!can_make_nodes_) GTEST_SKIP() << "needs the right to make device nodes (root)";
  nodes_->want("a", {253, 200}, NodeLink{"vg", "a"});
  ASSERT_TRUE(nodes_->apply(false));
  nodes_->unwant("a", NodeLink{"vg", "a"});
  nodes_->want("b", {253, 200}, NodeLink{"vg", "b"});
  nodes_->want("a", {253, 201}, NodeLink{"vg", "a"});
  ASSERT_TRUE(nodes_->apply(false));
  struct stat status{};
  ASSERT_EQ(::stat((dev_ + "/vg/a").c_str(), &status), 0);
  EXPECT_EQ(status.st_rdev, makedev(253, 201));
  ASSERT_EQ(::stat((dev_ + "/vg/b").c_str(), &status), 0);
  EXPECT_EQ(status.st_rdev, makedev(253, 200));
}

TEST_F(UnitDmNodes, WhatUdevMissedIsWarnedOf) {
  if (!can_make_nodes_) GTEST_SKIP() << "needs the right to make device nodes (root)";
  nodes_->want("vg-lv", {253, 200}, NodeLink{"vg", "lv"});
  ASSERT_TRUE(nodes_->apply(true));
  EXPECT_EQ(warnings_.texts.size(), 2u);
  nodes_->want("vg-lv", {253, 200}, NodeLink{"vg", "lv"});
  ASSERT_TRUE(nodes_->apply(true));
  EXPECT_EQ(warnings_.texts.size(), 2u);
}

TEST_F(UnitDmNodes, DirectoryStaysWhileInUse) {
  std::filesystem::create_directory(dev_ + "/vg");
  std::filesystem::create_symlink("x", dev_ + "/vg/a");
  std::filesystem::create_symlink("x", dev_ + "/vg/b");
  ASSERT_TRUE(nodes_->remove_link({"vg", "a"}));
  EXPECT_TRUE(exists("/vg/b"));
  ASSERT_TRUE(nodes_->remove_link({"vg", "b"}));
  EXPECT_FALSE(exists("/vg"));
  EXPECT_TRUE(nodes_->remove_link({"vg", "b"}));  // gone already
}

TEST_F(UnitDmNodes, FilesOfOthersAreLeftAlone) {
  std::filesystem::create_directory(dev_ + "/vg");
  std::ofstream(dev_ + "/vg/lv") << "precious";
  ASSERT_TRUE(nodes_->remove_link({"vg", "lv"}));
  EXPECT_TRUE(exists("/vg/lv"));
  nodes_->want("vg-lv", {253, 200}, NodeLink{"vg", "lv"});
  EXPECT_FALSE(nodes_->apply(false));
  EXPECT_EQ(read_link("/vg/lv"), "");
  EXPECT_EQ(std::filesystem::file_size(dev_ + "/vg/lv"), 8u);
}

TEST_F(UnitDmNodes, NamesCannotLeaveTheDirectory) {
  for (const char* bad : {"", ".", "..", "../x", "a/b"}) {
    nodes_->want(bad, {253, 200}, std::nullopt);
    EXPECT_FALSE(nodes_->apply(false)) << bad;
    EXPECT_FALSE(nodes_->remove_link({bad, "lv"})) << bad;
    EXPECT_FALSE(nodes_->remove_link({"vg", bad})) << bad;
  }
}

}  // namespace
}  // namespace lvm::dm
