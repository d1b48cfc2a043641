// SPDX-License-Identifier: LGPL-2.1-or-later
// The daemon in a process of its own, through its two sockets.
#include "idm/daemon/server.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "base/testing/temporary_folder.h"

namespace lvm::idm {
namespace {

namespace fs = std::filesystem;

class IdmServer : public ::testing::Test {
 protected:
  void SetUp() override {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    daemon = ::fork();
    if (daemon == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      auto server = Server::make({.run_dir = folder, .host_name = "here", .emulated = 3});
      if (!server || ::write(ready[1], "y", 1) != 1) ::_exit(1);
      ::_exit((*server)->run() ? 0 : 1);
    }
    ::close(ready[1]);
    char said = 0;
    ASSERT_EQ(::read(ready[0], &said, 1), 1);
    ::close(ready[0]);
  }
  void TearDown() override {
    ::kill(daemon, SIGTERM);
    int status = 0;
    EXPECT_EQ(::waitpid(daemon, &status, 0), daemon);
    EXPECT_EQ(status, 0);
  }
  int connect(const char* socket) const {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::ranges::copy(folder + "/" + socket, address.sun_path);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? fd : -1;
  }
  // An answer to text that begins with this.
  static bool answers(int fd, std::string_view request, std::string_view wanted) {
    if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) return false;
    char buffer[256];
    const ssize_t count = ::recv(fd, buffer, sizeof buffer, 0);
    return count > 0 && std::string_view(buffer, static_cast<std::size_t>(count)).starts_with(wanted);
  }

  TemporaryFolder place;
  const std::string& folder = place.path();
  pid_t daemon = -1;
};
using UnitIdmServer = IdmServer;
using GuestIdmServer = IdmServer;

constexpr const char* kSockets[] = {"main.sock", "idmlockd.sock"};

TEST_F(UnitIdmServer, only_its_owner_may_connect) {
  for (const char* socket : kSockets) {
    struct stat found{};
    ASSERT_EQ(::stat((folder + "/" + socket).c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600u) << socket;
  }
}

TEST_F(UnitIdmServer, clients_that_vanish_half_way_are_forgotten) {
  for (int round = 0; round < 26; ++round)
    for (const char* socket : kSockets) {
      const int fd = connect(socket);
      ASSERT_GE(fd, 0);
      ASSERT_EQ(::send(fd, "hello 1\nlock id=00", 5 + static_cast<std::size_t>(round) % 13, MSG_NOSIGNAL),
                5 + round % 13);
      ::close(fd);
    }
  const int fd = connect("idmlockd.sock");
  EXPECT_TRUE(answers(fd, "hello 1\n", "ok"));
  ::close(fd);
}

// The mode of the socket keeps others out; where somebody has changed it, their credentials do.
TEST_F(GuestIdmServer, another_user_is_turned_away) {
  ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
  for (const char* socket : kSockets) ASSERT_EQ(::chmod((folder + "/" + socket).c_str(), 0666), 0);
  for (const uid_t user : {65534u, 0u})
    for (const char* socket : kSockets) {
      const bool text = std::string_view(socket) == "idmlockd.sock";
      const pid_t child = ::fork();
      if (child == 0) {
        if (::setresuid(user, user, user) != 0) ::_exit(3);
        const int fd = connect(socket);
        if (fd < 0) ::_exit(4);
        // 32 bytes that are no request of the other protocol are answered by an error, to who may ask.
        ::_exit(answers(fd, text ? "hello 1\n" : std::string_view("no request, but long enough for one"), "") ? 0 : 1);
      }
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      EXPECT_EQ(WEXITSTATUS(status), user == 0 ? 0 : 1) << socket << " for user " << user;
    }
}

}  // namespace
}  // namespace lvm::idm
