// SPDX-License-Identifier: LGPL-2.1-or-later
// The C interface against a real daemon with drives in memory: real sockets, real time.
#include <ilm.h>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "idm/daemon/server.h"

namespace {

using lvm::idm::Server;

class UnitIdmClient : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = (std::filesystem::temp_directory_path() / "idmlockd-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    setenv("ILM_RUN_DIR", folder_.c_str(), 1);
    start();
    id_.vg_uuid[0] = 'v';
    op_ = {.mode = IDM_MODE_EXCLUSIVE, .drive_num = 3, .drives = {one_, two_, three_}, .timeout = 60'000};
  }
  void TearDown() override {
    stop(SIGTERM);
    unsetenv("ILM_RUN_DIR");
    std::filesystem::remove_all(folder_);
  }
  void start() {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    daemon_ = fork();
    ASSERT_GE(daemon_, 0);
    if (daemon_ == 0) {
      auto server = Server::make({.run_dir = folder_, .host_name = "here", .emulated = 3});
      const char ok = server ? 'y' : 'n';
      if (write(ready[1], &ok, 1) != 1 || !server) _Exit(1);
      _Exit((*server)->run() ? 0 : 1);
    }
    char said = 0;
    ASSERT_EQ(read(ready[0], &said, 1), 1);
    ASSERT_EQ(said, 'y');
    close(ready[0]);
    close(ready[1]);
  }
  void stop(int signal) {
    if (daemon_ <= 0) return;
    kill(daemon_, signal);
    int status = 0;
    waitpid(daemon_, &status, 0);
    daemon_ = -1;
  }

  std::string folder_;
  pid_t daemon_ = -1;
  idm_lock_id id_{};
  idm_lock_op op_{};
  char one_[32] = "/dev/emulated0", two_[32] = "/dev/emulated1", three_[32] = "/dev/emulated2";
};

TEST_F(UnitIdmClient, locks_converts_counts_and_unlocks) {
  int a = -1, b = -1;
  ASSERT_EQ(ilm_connect(&a), 0);
  ASSERT_EQ(ilm_connect(&b), 0);
  std::uint8_t major = 0, minor = 0;
  ASSERT_EQ(ilm_version(a, one_, &major, &minor), 0);
  EXPECT_EQ(major, 8);
  ASSERT_EQ(ilm_lock(a, &id_, &op_), 0);
  EXPECT_EQ(ilm_lock(a, &id_, &op_), -EBUSY);
  char value[8] = {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'};
  EXPECT_EQ(ilm_write_lvb(a, &id_, value, 8), 0);
  EXPECT_EQ(ilm_convert(a, &id_, IDM_MODE_SHAREABLE), 0);
  idm_lock_op shared = op_;
  shared.mode = IDM_MODE_SHAREABLE;
  ASSERT_EQ(ilm_lock(b, &id_, &shared), 0);
  int count = -1, self = -1, mode = -1;
  EXPECT_EQ(ilm_get_host_count(a, &id_, &op_, &count, &self), 0);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(self, 1);
  EXPECT_EQ(ilm_get_mode(b, &id_, &op_, &mode), 0);
  EXPECT_EQ(mode, IDM_MODE_SHAREABLE);
  EXPECT_EQ(ilm_unlock(a, &id_), 0);
  EXPECT_EQ(ilm_unlock(a, &id_), -1);
  EXPECT_EQ(ilm_convert(b, &id_, IDM_MODE_EXCLUSIVE), 0);
  char read[8] = {};
  EXPECT_EQ(ilm_read_lvb(b, &id_, read, 8), 0);
  EXPECT_EQ(std::memcmp(read, "abcdefg", 8), 0);
  EXPECT_EQ(ilm_unlock(b, &id_), 0);
  EXPECT_EQ(ilm_disconnect(a), 0);
  EXPECT_EQ(ilm_disconnect(b), 0);
}

TEST_F(UnitIdmClient, wrong_arguments_are_refused_here) {
  int a = -1;
  ASSERT_EQ(ilm_connect(&a), 0);
  idm_lock_op op = op_;
  op.mode = 0;
  EXPECT_EQ(ilm_lock(a, &id_, &op), -EINVAL);
  op = op_;
  op.drive_num = 0;
  EXPECT_EQ(ilm_lock(a, &id_, &op), -EINVAL);
  op.drive_num = 513;
  EXPECT_EQ(ilm_lock(a, &id_, &op), -EINVAL);
  op = op_;
  op.drives[1] = nullptr;
  EXPECT_EQ(ilm_lock(a, &id_, &op), -EINVAL);
  EXPECT_EQ(ilm_connect(nullptr), -EINVAL);
  EXPECT_EQ(ilm_disconnect(a), 0);
}

TEST_F(UnitIdmClient, a_second_daemon_does_not_start_and_a_dead_one_is_an_error) {
  auto second = Server::make({.run_dir = folder_, .emulated = 1});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().text().find("another lock manager runs"), std::string::npos);
  int a = -1;
  ASSERT_EQ(ilm_connect(&a), 0);
  stop(SIGKILL);
  EXPECT_LT(ilm_lock(a, &id_, &op_), 0) << "and no SIGPIPE";
  EXPECT_LT(ilm_connect(&a), 0);
}

}  // namespace
