// SPDX-License-Identifier: LGPL-2.1-or-later
// What the tests of Seagate's lock manager ask of it, by its C interface: a real daemon, real sockets, real time;
// drives in memory here, drives of the kernel (TCMU, SG_IO) in a guest, where what waits for leases and contention runs
// alone. Leases are shorter than there. The same lines on virtual time, as long as there, are in
// daemon/service_test.cc.
#include <ilm.h>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "idm/daemon/server.h"
#include "idm/system/small_file.h"
#include "idm/testing/kernel_drives.h"

namespace {

using lvm::idm::Server;
using lvm::idm::write_small_file;
using lvm::idm::testing::KernelDrive;

constexpr std::size_t kDrives = 4;

struct Kind {
  const char* name;
  bool kernel;
  int lease;  // milliseconds
};
std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }

// A connection: one host to the drives.
class Host {
 public:
  explicit Host(const std::vector<std::string>& drives, int lease) : drives_(drives), lease_(lease) {
    EXPECT_EQ(ilm_connect(&socket_), 0);
  }
  Host(const Host&) = delete;
  ~Host() {
    if (socket_ >= 0) ilm_disconnect(socket_);
  }
  // Drives of a machine under load may answer too late: nothing is known then, and it is asked again.
  int lock(char name, std::uint32_t mode, std::size_t drives = 2) {
    int result = lock_once(name, mode, drives);
    return result == -EIO ? lock_once(name, mode, drives) : result;
  }
  int lock_once(char name, std::uint32_t mode, std::size_t drives = 2) {
    idm_lock_id id = id_of(name);
    idm_lock_op op = op_of(mode, drives);
    return ilm_lock(socket_, &id, &op);
  }
  int unlock(char name) {
    idm_lock_id id = id_of(name);
    return ilm_unlock(socket_, &id);
  }
  int convert(char name, std::uint32_t mode) {
    idm_lock_id id = id_of(name);
    return ilm_convert(socket_, &id, mode);
  }
  int mode(char name) {
    idm_lock_id id = id_of(name);
    idm_lock_op op = op_of(1, 2);
    int out = -1;
    const int result = ilm_get_mode(socket_, &id, &op, &out);
    return result == 0 ? out : result;
  }
  std::pair<int, int> count(char name) {
    idm_lock_id id = id_of(name);
    idm_lock_op op = op_of(1, 2);
    int others = -1, self = -1;
    EXPECT_EQ(ilm_get_host_count(socket_, &id, &op, &others, &self), 0);
    return {others, self};
  }
  int write(char name, const char* value) {
    idm_lock_id id = id_of(name);
    char bytes[8];
    std::memcpy(bytes, value, 8);
    return ilm_write_lvb(socket_, &id, bytes, 8);
  }
  std::string read(char name) {
    idm_lock_id id = id_of(name);
    char bytes[8] = {};
    EXPECT_EQ(ilm_read_lvb(socket_, &id, bytes, 8), 0);
    return std::string(bytes, 8);
  }
  int socket() const { return socket_; }
  int hang_up() { return ilm_disconnect(std::exchange(socket_, -1)); }

 private:
  static idm_lock_id id_of(char name) {
    idm_lock_id id{};
    id.vg_uuid[0] = name;
    return id;
  }
  idm_lock_op op_of(std::uint32_t mode, std::size_t drives) {
    idm_lock_op op{};
    op.mode = mode;
    op.drive_num = static_cast<std::uint32_t>(drives);
    for (std::size_t i = 0; i < drives; ++i) op.drives[i] = drives_[i].data();
    op.timeout = lease_;
    return op;
  }
  std::vector<std::string> drives_;
  int lease_, socket_ = -1;
};

class IdmIlm : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam().kernel) {
      for (std::size_t i = 0; i < kDrives; ++i) {
        auto drive = KernelDrive::start("ilm-" + std::to_string(i));
        ASSERT_TRUE(drive) << drive.error().text();
        paths_.push_back("/dev/" + drive->path().name);
        kernel_.push_back(std::make_unique<KernelDrive>(*std::move(drive)));
      }
    } else {
      for (std::size_t i = 0; i < kDrives; ++i) paths_.push_back("/dev/emulated" + std::to_string(i));
    }
    folder_ = (std::filesystem::temp_directory_path() / "idm-ilm-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    setenv("ILM_RUN_DIR", folder_.c_str(), 1);
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    daemon_ = fork();
    ASSERT_GE(daemon_, 0);
    if (daemon_ == 0) {
      auto server = Server::make(
          {.run_dir = folder_, .host_name = "here", .emulated = GetParam().kernel ? std::size_t{0} : kDrives});
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
  void TearDown() override {
    if (daemon_ > 0) {
      kill(daemon_, SIGTERM);
      waitpid(daemon_, nullptr, 0);
    }
    unsetenv("ILM_RUN_DIR");
    std::filesystem::remove_all(folder_);
  }
  std::unique_ptr<Host> host() { return std::make_unique<Host>(paths_, GetParam().lease); }
  // Times the lease.
  void wait(double leases) const {
    std::this_thread::sleep_for(std::chrono::milliseconds(static_cast<int>(GetParam().lease * leases)));
  }

  std::vector<std::unique_ptr<KernelDrive>> kernel_;
  std::vector<std::string> paths_;
  std::string folder_;
  pid_t daemon_ = -1;
};

// Those that take little time.
class IdmIlmPrograms : public IdmIlm {};

constexpr std::uint32_t kEx = IDM_MODE_EXCLUSIVE, kSh = IDM_MODE_SHAREABLE;

TEST_P(IdmIlmPrograms, Smoke) {
  auto a = host();
  std::uint8_t major = 0, minor = 0;
  ASSERT_EQ(ilm_version(a->socket(), paths_[0].data(), &major, &minor), 0);
  EXPECT_EQ(major, 8);
  ASSERT_EQ(a->lock('a', kEx), 0);
  EXPECT_EQ(a->unlock('a'), 0);
  EXPECT_EQ(a->hang_up(), 0);
}

TEST_P(IdmIlm, LocksErrorsAndContention) {
  auto a = host(), b = host();
  EXPECT_EQ(a->lock('a', 0), -EINVAL);
  for (std::uint32_t mode : {kEx, kSh}) {
    ASSERT_EQ(a->lock('a', mode), 0);
    EXPECT_EQ(a->lock('a', mode), -EBUSY);
    EXPECT_EQ(b->lock('a', kEx), -1);
    EXPECT_EQ(b->lock('b', mode), 0);
    EXPECT_EQ(b->unlock('a'), -1);
    EXPECT_EQ(a->unlock('a'), 0);
    EXPECT_EQ(a->unlock('a'), -1);
    EXPECT_EQ(b->unlock('b'), 0);
  }
  for (std::uint32_t from : {kEx, kSh})
    for (std::uint32_t to : {kEx, kSh}) {
      ASSERT_EQ(a->lock('a', from), 0);
      EXPECT_EQ(a->convert('a', to), 0);
      EXPECT_EQ(a->mode('a'), static_cast<int>(to));
      EXPECT_EQ(a->unlock('a'), 0);
    }
}

TEST_P(IdmIlm, SharersConvertWhenTheyAreAlone) {
  auto a = host(), b = host();
  ASSERT_EQ(a->lock('a', kSh), 0);
  ASSERT_EQ(b->lock('a', kSh), 0);
  EXPECT_EQ(a->convert('a', kEx), -1);
  EXPECT_EQ(b->convert('a', kEx), -1);
  EXPECT_EQ(a->unlock('a'), 0);
  EXPECT_EQ(a->convert('a', kEx), -1);
  EXPECT_EQ(b->convert('a', kEx), 0);
  EXPECT_EQ(b->unlock('a'), 0);
}

TEST_P(IdmIlm, CountsAndModes) {
  auto a = host(), b = host(), c = host();
  EXPECT_EQ(a->mode('a'), 0);
  ASSERT_EQ(a->lock('a', kSh), 0);
  EXPECT_EQ(a->count('a'), (std::pair{0, 1}));
  EXPECT_EQ(b->mode('a'), 2);
  ASSERT_EQ(b->lock('a', kSh), 0);
  EXPECT_EQ(a->count('a'), (std::pair{1, 1}));
  EXPECT_EQ(c->count('a'), (std::pair{2, 0}));
  for (Host* each : {a.get(), b.get()}) EXPECT_EQ(each->unlock('a'), 0);
  EXPECT_EQ(c->count('a'), (std::pair{0, 0}));
}

TEST_P(IdmIlm, ValuesAndTakeover) {
  auto a = host(), b = host();
  ASSERT_EQ(a->lock('a', kEx), 0);
  EXPECT_EQ(a->read('a'), std::string(8, '\0'));
  ASSERT_EQ(a->write('a', "abcdefgh"), 0);
  ASSERT_EQ(a->unlock('a'), 0);
  EXPECT_EQ(a->hang_up(), 0);
  a = host();
  ASSERT_EQ(a->lock('a', kEx), 0);
  EXPECT_EQ(a->read('a'), std::string("abcdefg\0", 8));
  ASSERT_EQ(ilm_stop_renew(a->socket()), 0);
  wait(1.3);
  ASSERT_EQ(b->lock('a', kEx), 0);
  EXPECT_EQ(b->read('a'), std::string(8, '\xFF'));
  EXPECT_EQ(b->convert('a', kSh), 0);
  EXPECT_EQ(b->mode('a'), 2);
  EXPECT_EQ(b->unlock('a'), 0);
}

TEST_P(IdmIlm, AnExpiredOwnerThatNobodyBrokeGoesOn) {
  auto a = host();
  ASSERT_EQ(ilm_stop_renew(a->socket()), 0);
  ASSERT_EQ(a->lock('a', kEx), 0);
  ASSERT_EQ(a->lock('b', kSh), 0);
  ASSERT_EQ(a->lock('c', kEx), 0);
  wait(1.3);
  EXPECT_EQ(a->unlock('a'), 0);
  EXPECT_EQ(a->convert('b', kEx), 0);
  EXPECT_EQ(a->convert('c', kSh), 0);
  for (char name : {'b', 'c'}) EXPECT_EQ(a->unlock(name), 0);
}

TEST_P(IdmIlm, APartnerWhoseLeaseEndedIsPassedOver) {
  auto a = host(), b = host(), c = host();
  ASSERT_EQ(ilm_stop_renew(a->socket()), 0);
  ASSERT_EQ(a->lock('a', kSh), 0);
  ASSERT_EQ(a->lock('b', kSh), 0);
  ASSERT_EQ(a->lock('c', kEx), 0);
  ASSERT_EQ(b->lock('a', kSh), 0);
  wait(1.3);
  EXPECT_EQ(b->convert('a', kEx), 0);
  EXPECT_EQ(c->lock('b', kSh), 0);
  EXPECT_EQ(c->mode('b'), 2);
  EXPECT_EQ(c->lock('c', kSh), 0);
  EXPECT_EQ(c->mode('c'), 2);
}

TEST_P(IdmIlm, HalfOfTwoDrivesRenew) {
  auto a = host();
  ASSERT_EQ(a->lock('a', kEx), 0);
  ASSERT_EQ(ilm_inject_fault(a->socket(), 50), 0);
  wait(1.6);
  EXPECT_EQ(a->lock_once('b', kEx), -EIO);
  ASSERT_EQ(ilm_inject_fault(a->socket(), 0), 0);
  EXPECT_EQ(a->convert('a', kSh), 0) << "it was never lost";
  EXPECT_EQ(a->unlock('a'), 0);
}

TEST_P(IdmIlm, InjectedFaults) {
  auto a = host();
  for (const auto& [drives, percent, result] :
       {std::tuple{2u, 100, -EIO}, {2u, 50, -EIO}, {3u, 50, -EIO}, {3u, 30, 0}, {4u, 50, -EIO}, {4u, 10, 0}}) {
    ASSERT_EQ(ilm_inject_fault(a->socket(), percent), 0);
    EXPECT_EQ(a->lock_once('a', kEx, drives), result) << drives << " drives, " << percent << " %";
    ASSERT_EQ(ilm_inject_fault(a->socket(), 0), 0);
    EXPECT_EQ(a->unlock('a'), result == 0 ? 0 : -1);
  }
}

TEST_P(IdmIlmPrograms, KillPath) {
  auto a = host();
  const std::string told = folder_ + "/told", script = folder_ + "/stop";
  std::ofstream(script) << "#!/bin/sh\necho \"$@\" > " << told << ".new && mv " << told << ".new " << told << "\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  char arguments[] = "--kill vg";
  ASSERT_EQ(ilm_set_killpath(a->socket(), std::string(script).data(), arguments), 0);
  ASSERT_EQ(a->lock('a', kEx), 0);
  ASSERT_EQ(ilm_inject_fault(a->socket(), 100), 0);
  for (int i = 0; i < 300 && !std::filesystem::exists(told); ++i) wait(0.01);
  std::string line;
  std::getline(std::ifstream(told), line);
  EXPECT_EQ(line, "--kill vg");
  ASSERT_EQ(ilm_inject_fault(a->socket(), 0), 0);
  EXPECT_EQ(a->unlock('a'), 0);
  EXPECT_EQ(a->hang_up(), 0);
}

std::atomic<bool> told_to_stop = false;

TEST_P(IdmIlmPrograms, KillSignal) {
  auto a = host();
  told_to_stop = false;
  const auto before = std::signal(SIGTERM, [](int) { told_to_stop = true; });
  ASSERT_EQ(ilm_set_signal(a->socket(), SIGTERM), 0);
  ASSERT_EQ(a->lock('a', kEx), 0);
  ASSERT_EQ(ilm_inject_fault(a->socket(), 100), 0);
  for (int i = 0; i < 300 && !told_to_stop; ++i) wait(0.01);
  EXPECT_TRUE(told_to_stop);
  ASSERT_EQ(ilm_inject_fault(a->socket(), 0), 0);
  EXPECT_EQ(a->unlock('a'), 0);
  std::signal(SIGTERM, before);
}

// Four threads that want the same lock: once locked, to demote and to unlock never fails, and nobody holds it beside an
// exclusive owner.
TEST_P(IdmIlm, Stress) {
  std::atomic<int> exclusive = 0, shared = 0, grants = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(8);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      Host one(paths_, 60'000);
      while (std::chrono::steady_clock::now() < end) {
        if (one.lock('s', kEx, kDrives) == 0) {
          EXPECT_EQ(++exclusive, 1);
          EXPECT_EQ(shared.load(), 0);
          ++grants;
          --exclusive;
          EXPECT_EQ(one.convert('s', kSh), 0);
          EXPECT_EQ(one.unlock('s'), 0);
        }
        if (one.lock('s', kSh, kDrives) == 0) {
          ++shared;
          EXPECT_EQ(exclusive.load(), 0);
          --shared;
          ++grants;
          const int promoted = one.convert('s', kEx);
          EXPECT_TRUE(promoted == 0 || promoted == -1) << promoted;
          EXPECT_EQ(exclusive.load(), 0);
          EXPECT_EQ(one.unlock('s'), 0);
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(grants.load(), 4);
}

// The fabric goes away and comes back under other names; the lock is kept.
class IdmIlmFabric : public IdmIlm {};

TEST_P(IdmIlmFabric, GoesAwayAndComesBackUnderOtherNames) {
  Host a(paths_, 12'000);
  ASSERT_EQ(a.lock('a', kEx, 1), 0);
  ASSERT_TRUE(write_small_file("/sys/block/" + kernel_[0]->path().name + "/device/delete", "1"));
  wait(1);
  for (const auto& adapter : std::filesystem::directory_iterator("/sys/class/scsi_host"))
    (void)write_small_file(adapter.path().string() + "/scan", "- - -");
  std::this_thread::sleep_for(std::chrono::seconds(13));
  EXPECT_EQ(a.convert('a', kSh), 0);
  EXPECT_EQ(a.unlock('a'), 0);
}

INSTANTIATE_TEST_SUITE_P(UnitMemory, IdmIlmPrograms, testing::Values(Kind{"memory", false, 1500}));
INSTANTIATE_TEST_SUITE_P(GuestKernel, IdmIlmPrograms, testing::Values(Kind{"kernel", true, 4000}));
INSTANTIATE_TEST_SUITE_P(GuestKernel, IdmIlmFabric, testing::Values(Kind{"kernel", true, 4000}));
INSTANTIATE_TEST_SUITE_P(GuestKernel, IdmIlm, testing::Values(Kind{"kernel", true, 4000}));

}  // namespace
