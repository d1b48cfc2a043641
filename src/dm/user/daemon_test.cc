// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/daemon.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/testing/temporary_folder.h"
#include "dm/text.h"
#include "dm/user/client_engine.h"
#include "dm/user/file_block.h"
#include "dm/user/wire/connection.h"

namespace lvm::dm::user {
namespace {

constexpr DeviceNumber kImage{kImageMajor, 7};

// A run directory, an image file, and daemons as child processes.
class UserEngineDaemon : public ::testing::Test {
 protected:
  void SetUp() override {
    image_ = directory_ + "/a.img";
    std::ofstream(image_).put('\0');
    std::filesystem::resize_file(image_, 16 << 20);
  }
  void TearDown() override { kill_daemons(); }

  // As launch_daemon(), but a plain fork of this program: no other program is needed.
  Result<> launch() {
    ++launches_;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail(Code::io, "pipe");
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      ServeOptions options;
      options.run_directory = directory_;
      options.linger_milliseconds = 300;
      options.ready = [&] { ::close(ends[1]); };
      ::_exit(serve(options) ? 0 : 1);
    }
    ::close(ends[1]);
    char byte;
    while (::read(ends[0], &byte, 1) < 0 && errno == EINTR) {
    }
    ::close(ends[0]);
    daemons_.push_back(child);
    return {};
  }
  void kill_daemons() {
    for (auto child : daemons_) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
    daemons_.clear();
  }
  std::unique_ptr<ClientEngine> client() {
    return std::make_unique<ClientEngine>(ClientOptions{directory_, [this] { return launch(); }});
  }
  Result<DeviceNumber> make(ClientEngine& engine, const std::string& name, std::string_view table) {
    TRY(engine.attach(kImage, {image_, Bytes(), Bytes(16 << 20)}));
    TRY(engine.create({name, "LVM-" + name, std::nullopt}));
    auto values = TRY(parse_table(table));
    TRY(engine.load("LVM-" + name, values, false));
    return TRY(engine.resume("LVM-" + name, {}, NodeLink{"vg", name})).device;
  }

  TemporaryFolder folder_;
  const std::string& directory_ = folder_.path();
  std::string image_;
  std::vector<pid_t> daemons_;
  int launches_ = 0;
};

std::vector<std::byte> pattern(std::size_t size, int seed) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<std::byte>(i * 7 + i / 251 + static_cast<unsigned>(seed));
  return bytes;
}

TEST_F(UserEngineDaemon, LookingStartsNone) {
  auto engine = client();
  EXPECT_TRUE(engine->list()->empty());
  EXPECT_EQ(engine->info("LVM-a").value(), std::nullopt);
  EXPECT_TRUE(engine->volumes()->empty());
  EXPECT_EQ(engine->daemon_info().value().has_value(), false);
  EXPECT_EQ(engine->remove("LVM-a", {}, {}, false).error().code(), Code::not_found);
  EXPECT_EQ(launches_, 0);
}

TEST_F(UserEngineDaemon, DataGoesThroughTheSocket) {
  auto engine = client();
  auto device = make(*engine, "a", "0 8192 linear 4096:7 2048");
  ASSERT_TRUE(device) << device.error().text();
  EXPECT_EQ(launches_, 1);
  auto volumes = engine->volumes().value();
  ASSERT_EQ(volumes.size(), 1u);
  EXPECT_EQ(volumes[0].size, Bytes(8192 * 512));
  EXPECT_EQ(volumes[0].link, (NodeLink{"vg", "a"}));

  auto volume = engine->open(*device, true);
  ASSERT_TRUE(volume) << volume.error().text();
  const auto data = pattern(3 << 20, 1);
  ASSERT_TRUE((*volume)->write(Bytes(513), data));
  std::vector<std::byte> back(data.size());
  ASSERT_TRUE((*volume)->read(Bytes(513), back));
  EXPECT_EQ(back, data);
  ASSERT_TRUE((*volume)->flush());
  EXPECT_FALSE((*volume)->write(Bytes(8192 * 512 - 1), std::span(data).first(2)));
  EXPECT_EQ(engine->remove("LVM-a", {}, {}, false).error().code(), Code::busy);
  volume->reset();
  EXPECT_TRUE(engine->remove("LVM-a", {}, {}, true));
  std::ifstream file(image_);
  file.seekg(2048 * 512 + 513);
  std::vector<char> raw(data.size());
  file.read(raw.data(), static_cast<std::streamsize>(raw.size()));
  EXPECT_EQ(std::memcmp(raw.data(), data.data(), data.size()), 0);
}

TEST_F(UserEngineDaemon, GoneAfterTheLastDevice) {
  auto engine = client();
  ASSERT_TRUE(make(*engine, "a", "0 8192 linear 4096:7 0"));
  ASSERT_TRUE(engine->remove("LVM-a", {}, {}, false));
  engine.reset();
  ASSERT_EQ(daemons_.size(), 1u);
  int status = -1;
  EXPECT_EQ(::waitpid(daemons_[0], &status, 0), daemons_[0]);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  daemons_.clear();
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/engine.sock"));
}

TEST_F(UserEngineDaemon, OneForADirectory) {
  auto engine = client();
  ASSERT_TRUE(make(*engine, "a", "0 8192 linear 4096:7 0"));
  ASSERT_TRUE(launch());
  int status = -1;
  EXPECT_EQ(::waitpid(daemons_[1], &status, 0), daemons_[1]);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  daemons_.pop_back();
  EXPECT_EQ(client()->list()->size(), 1u);
}

TEST_F(UserEngineDaemon, AnotherEngineCannotHaveTheImage) {
  auto engine = client();
  ASSERT_TRUE(make(*engine, "a", "0 8192 linear 4096:7 0"));
  auto second = FileBlock::open({image_, Bytes(), Bytes(1 << 20)});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Code::busy);
  ASSERT_TRUE(engine->remove("LVM-a", {}, {}, false));
  EXPECT_TRUE(FileBlock::open({image_, Bytes(), Bytes(1 << 20)}));
}

TEST_F(UserEngineDaemon, AKilledDaemonLosesNothingThatWasWritten) {
  auto engine = client();
  auto device = make(*engine, "a", "0 8192 linear 4096:7 0");
  ASSERT_TRUE(device);
  auto volume = engine->open(*device, true);
  ASSERT_TRUE(volume);
  const auto data = pattern(100000, 3);
  ASSERT_TRUE((*volume)->write(Bytes(4096), data, true));
  kill_daemons();
  std::vector<std::byte> back(data.size());
  EXPECT_FALSE((*volume)->read(Bytes(4096), back));
  EXPECT_TRUE(engine->list()->empty());
  device = make(*engine, "a", "0 8192 linear 4096:7 0");
  ASSERT_TRUE(device) << device.error().text();
  EXPECT_EQ(launches_, 2);
  ASSERT_TRUE((*engine->open(*device, false))->read(Bytes(4096), back));
  EXPECT_EQ(back, data);
}

// A client that dies: half a request has no effect, what it had open is closed, what it suspended can be resumed.
TEST_F(UserEngineDaemon, SurvivesClients) {
  auto engine = client();
  ASSERT_TRUE(make(*engine, "a", "0 8192 linear 4096:7 0"));
  const pid_t child = ::fork();
  if (child == 0) {
    auto mine = client();
    auto info = mine->info("LVM-a");
    auto volume = mine->open((*info)->device, true);
    if (!volume || !mine->suspend("LVM-a", {})) ::_exit(1);
    auto socket = connect_in(directory_);
    const auto body = request(std::string_view("LVM-a"));
    std::vector<std::byte> head(kFrameHeaderSize);
    pack_frame_header(
        {kProtocolVersion, static_cast<std::uint16_t>(Operation::remove), static_cast<std::uint32_t>(body.size())},
        head);
    static_cast<void>(!::write((*socket)->get(), head.data(), head.size()));
    static_cast<void>(!::write((*socket)->get(), body.data(), body.size() / 2));
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  auto info = engine->info("LVM-a");
  ASSERT_TRUE(info && *info);
  EXPECT_TRUE((*info)->suspended);
  // The volume is closed as soon as the daemon has seen its client go.
  EXPECT_TRUE(engine->remove("LVM-a", {}, {}, true));
}

TEST_F(UserEngineDaemon, WaitsForEvents) {
  auto engine = client();
  ASSERT_TRUE(make(*engine, "a", "0 8192 linear 4096:7 0"));
  EXPECT_EQ(engine->wait_event("LVM-a", 0, 50).value(), std::nullopt);
  std::thread later([this] { ASSERT_TRUE(client()->rename("LVM-a", "b", {}, {}, {})); });
  EXPECT_EQ(engine->wait_event("LVM-a", 0, 60000).value(), 1u);
  later.join();
}

TEST_F(UserEngineDaemon, RefusesNonsense) {
  auto engine = client();
  ASSERT_TRUE(make(*engine, "a", "0 8192 linear 4096:7 0"));
  for (std::string_view text : {"", "x", "LMDU", "GET / HTTP/1.1\r\n\r\n", "LMDU\x01\x00\x0b\x00\xff\xff\xff\xff"}) {
    auto socket = connect_in(directory_);
    ASSERT_TRUE(socket && *socket);
    static_cast<void>(!::write((*socket)->get(), text.data(), text.size()));
    ::shutdown((*socket)->get(), SHUT_WR);
    char byte;
    while (::read((*socket)->get(), &byte, 1) > 0) {
    }
  }
  EXPECT_EQ(engine->list()->size(), 1u);
}

TEST_F(UserEngineDaemon, RunDirectoryMustBeOurs) {
  ASSERT_EQ(::chmod(directory_.c_str(), 0777), 0);
  ServeOptions options;
  options.run_directory = directory_;
  EXPECT_EQ(serve(options).error().code(), Code::permission);
}

TEST_F(UserEngineDaemon, ALaunchThatFailsSaysWhy) {
  auto result = launch_daemon({"/no/such/program"}, directory_);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().text(), ::testing::HasSubstr("No such file"));
  result = launch_daemon({"/bin/sh", "-c", "echo not today; sleep 0"}, directory_);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().text(), ::testing::HasSubstr("not today"));
}

}  // namespace
}  // namespace lvm::dm::user
