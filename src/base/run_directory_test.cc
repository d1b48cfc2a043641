// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/run_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/testing/temporary_folder.h"

namespace lvm {
namespace {

class UnitRunDirectory : public ::testing::Test {
 protected:
  UnitRunDirectory() { ::setenv("LVM_RUN_DIR", (root_ + "/run").c_str(), 1); }
  ~UnitRunDirectory() override {
    ::unsetenv("LVM_RUN_DIR");
    ::unsetenv("XDG_STATE_HOME");
  }
  TemporaryFolder folder_;
  const std::string& root_ = folder_.path();
};

TEST_F(UnitRunDirectory, IsMadeForThisUserAlone) {
  ASSERT_EQ(run_directory(), root_ + "/run");
  struct stat status;
  ASSERT_EQ(::stat((root_ + "/run").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  EXPECT_EQ(run_directory(), root_ + "/run") << "again";
}

TEST_F(UnitRunDirectory, OthersMayNotWriteToIt) {
  ASSERT_TRUE(run_directory());
  ::chmod((root_ + "/run").c_str(), 0777);
  ASSERT_FALSE(run_directory());
  EXPECT_EQ(run_directory().error().code(), Code::refused);
}

TEST_F(UnitRunDirectory, ALinkIsNotFollowed) {
  std::filesystem::create_directory(root_ + "/elsewhere");
  std::filesystem::create_symlink(root_ + "/elsewhere", root_ + "/run");
  EXPECT_FALSE(run_directory());
}

TEST_F(UnitRunDirectory, AnotherUsersIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "gives a directory away";
  ASSERT_TRUE(run_directory());
  ASSERT_EQ(::chown((root_ + "/run").c_str(), 65534, 65534), 0);
  ASSERT_FALSE(run_directory());
  EXPECT_NE(run_directory().error().text().find("another user"), std::string::npos);
}

TEST_F(UnitRunDirectory, StateFollowsTheEnvironment) {
  ::setenv("XDG_STATE_HOME", "/x", 1);
  EXPECT_EQ(state_directory(), "/x/lvm");
  ::unsetenv("XDG_STATE_HOME");
  EXPECT_TRUE(state_directory().ends_with("/.local/state/lvm"));
}

}  // namespace
}  // namespace lvm
