// SPDX-License-Identifier: LGPL-2.1-or-later
// The daemon through its socket.
#include "lockd/daemon/server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "base/files.h"
#include "base/testing/temporary_folder.h"
#include "lockd/managers/managers.h"
#include "lockd/protocol.h"
#include "message/connection.h"

namespace lvm::lockd {
namespace {

namespace fs = std::filesystem;

class UnitLockdServer : public ::testing::Test {
 protected:
  void SetUp() override {
    options.socket_path = folder + "/socket";
    options.pid_path = folder + "/pid";
    options.adopt_path = folder + "/adopt";
    begin();
  }
  void begin() {
    auto made = Server::make(options, memory_managers(ManagerKind::dlm));
    ASSERT_TRUE(made) << made.error().text();
    server = std::move(*made);
    thread = std::thread([this] { (void)server->run([] {}); });
  }
  void TearDown() override {
    if (thread.joinable()) {
      Request stop;
      stop.op = Op::stop_all;
      stop.options.wait = stop.options.force = true;
      Request quit;
      quit.op = Op::quit;
      message::Connection client = connect();
      EXPECT_EQ(ask(client, stop).result, 0);
      EXPECT_TRUE(client.ask(write_request(quit)));
      thread.join();
    }
    server.reset();
    EXPECT_FALSE(fs::exists(options.socket_path));
  }
  message::Connection connect() {
    auto out = message::Connection::open(options.socket_path, kProtocolName, kProtocolVersion);
    EXPECT_TRUE(out) << out.error().text();
    return std::move(*out);
  }
  static Reply ask(message::Connection& client, const Request& request) {
    auto reply = client.ask(write_request(request));
    EXPECT_TRUE(reply) << reply.error().text();
    return reply ? parse_reply(*reply) : Reply{};
  }
  static Request vg(Op op, Mode mode = Mode::invalid) {
    Request out;
    out.op = op;
    out.resource = ResourceKind::vg;
    out.vg_name = "vg";
    out.vg_uuid = "uuid";
    out.manager = ManagerKind::dlm;
    out.mode = mode;
    out.options.wait = op == Op::start;
    return out;
  }
  // What the daemon says to raw bytes until it closes.
  std::string raw(std::string_view bytes) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(options.socket_path, address.sun_path);
    Fd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    std::string out;
    char buffer[4096];
    for (ssize_t n; (n = ::recv(fd.get(), buffer, sizeof buffer, 0)) > 0;)
      out.append(buffer, static_cast<std::size_t>(n));
    return out;
  }

  TemporaryFolder place;
  const std::string& folder = place.path();
  ServerOptions options;
  std::unique_ptr<Server> server;
  std::thread thread;
};

TEST_F(UnitLockdServer, LocksEndWithTheConnection) {
  message::Connection one = connect();
  EXPECT_EQ(ask(one, vg(Op::start)).result, 0);
  {
    message::Connection two = connect();
    EXPECT_EQ(ask(two, vg(Op::lock, Mode::exclusive)).result, 0);
  }
  EXPECT_EQ(ask(one, vg(Op::lock, Mode::exclusive)).result, 0);
}

TEST_F(UnitLockdServer, AClientThatWaitsGetsTheLockWhenItIsFree) {
  message::Connection one = connect(), two = connect();
  EXPECT_EQ(ask(one, vg(Op::start)).result, 0);
  EXPECT_EQ(ask(one, vg(Op::lock, Mode::exclusive)).result, 0);
  Reply got;
  got.result = 1;
  std::thread waits([&] { got = ask(two, vg(Op::lock, Mode::exclusive)); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(ask(one, vg(Op::lock, Mode::unlocked)).result, 0);
  waits.join();
  EXPECT_EQ(got.result, 0);
}

TEST_F(UnitLockdServer, AWaitingClientMayGo) {
  message::Connection one = connect();
  EXPECT_EQ(ask(one, vg(Op::start)).result, 0);
  EXPECT_EQ(ask(one, vg(Op::lock, Mode::exclusive)).result, 0);
  {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(options.socket_path, address.sun_path);
    Fd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    std::string wire = write_request(vg(Op::lock, Mode::exclusive)).encode();
    ASSERT_EQ(::send(fd.get(), wire.data(), wire.size(), 0), static_cast<ssize_t>(wire.size()));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(ask(one, vg(Op::lock, Mode::unlocked)).result, 0);
  EXPECT_EQ(ask(one, vg(Op::lock, Mode::exclusive)).result, 0);
}

TEST_F(UnitLockdServer, MalformedRequestsAreAnsweredAndTheConnectionEnds) {
  for (std::string_view bytes :
       {"request=\"nonsense\"\n\n##\n", "request = {\n##\n", "\n##\n", "request=\"lock_vg\"\nmode=\"ex\"\n##\n"})
    EXPECT_EQ(raw(bytes).find("response = \"failed\"\nreason = \""), 0u) << bytes;
  EXPECT_NE(raw(std::string((1 << 20) + 1, 'x')).find("failed"), std::string::npos);
  message::Connection one = connect();
  EXPECT_EQ(ask(one, vg(Op::start)).result, 0);
}

TEST_F(UnitLockdServer, ASecondDaemonIsRefused) {
  // Within one process a file lock does not hold against itself: the socket is what is taken.
  ServerOptions second = options;
  second.pid_path = folder + "/pid2";
  EXPECT_FALSE(Server::make(second, {}));
  message::Connection one = connect();
}

TEST_F(UnitLockdServer, OnlyItsOwnerMayConnect) {
  struct stat found{};
  ASSERT_EQ(::stat(options.socket_path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

// The mode of the socket keeps others out; where somebody has changed it, their credentials do.
class GuestLockdServer : public UnitLockdServer {};

TEST_F(GuestLockdServer, AnotherUserIsTurnedAway) {
  ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
  ASSERT_EQ(::chmod(options.socket_path.c_str(), 0666), 0);
  const std::string hello = write_request(vg(Op::vg_status)).encode();
  for (const uid_t user : {65534u, 0u}) {
    const pid_t child = ::fork();
    if (child == 0) {
      if (::setresuid(user, user, user) != 0) ::_exit(3);
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      std::ranges::copy(options.socket_path, address.sun_path);
      const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
      if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) ::_exit(4);
      [[maybe_unused]] const ssize_t sent = ::send(fd, hello.data(), hello.size(), MSG_NOSIGNAL);
      char byte;
      ::_exit(::recv(fd, &byte, 1, 0) == 1 ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), user == 0 ? 0 : 1);
  }
}

TEST_F(UnitLockdServer, TheAdoptFileFollowsTheLocks) {
  message::Connection one = connect();
  EXPECT_EQ(ask(one, vg(Op::start)).result, 0);
  Request lv = vg(Op::lock, Mode::exclusive);
  lv.resource = ResourceKind::lv;
  lv.lv_uuid = "lv-uuid";
  lv.lv_args = "dlm";
  lv.options.persistent = true;
  EXPECT_EQ(ask(one, lv).result, 0);
  EXPECT_EQ(ask(one, vg(Op::lock, Mode::shared)).result, 0);  // written by then
  SystemFiles files;
  auto text = files.read(options.adopt_path);
  ASSERT_TRUE(text);
  auto state = read_adopt_file(*text);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->lvs, (std::vector<AdoptLv>{{"uuid", "lv-uuid", "dlm", Mode::exclusive, 0}}));
}

TEST_F(UnitLockdServer, QuitIsRefusedWhileVgsAreStarted) {
  message::Connection one = connect();
  EXPECT_EQ(ask(one, vg(Op::start)).result, 0);
  Request quit;
  quit.op = Op::quit;
  auto reply = one.ask(write_request(quit));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->number_of("result"), -EBUSY);
}

}  // namespace
}  // namespace lvm::lockd
