// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <thread>

#include "base/clock.h"
#include "base/fd.h"
#include "dm/kernel/kernel_engine.h"
#include "dm/text.h"
#include "dm/user/local_engine.h"
#include "dm/user/machine.h"

// The same image files, one after the other below the kernel's device-mapper and below the embedded engine.
namespace lvm::dm::user {
namespace {

constexpr std::uint64_t kSectors = 32768;  // of each file: 16 MiB

class Disk {
 public:
  Disk() {
    Fd file(::mkstemp(path_.data()));
    Fd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
    if (!file || !control || ::ftruncate(file.get(), static_cast<off_t>(kSectors * kSectorSize)) != 0) return;
    const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) return;
    loop_ = Fd(::open(fmt::format("/dev/loop{}", number).c_str(), O_RDWR | O_CLOEXEC));
    struct stat status{};
    if (!loop_ || ::ioctl(loop_.get(), LOOP_SET_FD, file.get()) != 0 || ::fstat(loop_.get(), &status) != 0) return;
    number_ = {major(status.st_rdev), minor(status.st_rdev)};
  }
  ~Disk() {
    if (number_) ::ioctl(loop_.get(), LOOP_CLR_FD, 0);
    ::unlink(path_.c_str());
  }
  DeviceNumber number() const { return number_; }
  const std::string& path() const { return path_; }
  void sync() const { ::fsync(loop_.get()); }

 private:
  std::string path_ = "/tmp/lvm-handover-XXXXXX";
  Fd loop_;
  DeviceNumber number_;
};

// One of the two sides: an engine, and a way to the data of its devices.
class Side {
 public:
  virtual ~Side() = default;
  virtual Engine& engine() = 0;
  virtual std::string disk(int index) = 0;  // its number, as text
  virtual void transfer(const std::string& name, std::uint64_t offset, std::span<std::byte> data, bool write) = 0;

  static std::string uuid(const std::string& name) { return "LVM-handover-" + name; }
  void make(const std::string& name, const std::string& table) {
    auto values = parse_table(table);
    ASSERT_TRUE(values) << table;
    auto created = engine().create({"handover-" + name, uuid(name), std::nullopt});
    ASSERT_TRUE(created) << created.error().text();
    names_.push_back(name);
    auto loaded = engine().load(uuid(name), *values, false);
    ASSERT_TRUE(loaded) << loaded.error().text();
    auto resumed = engine().resume(uuid(name), {}, std::nullopt);
    ASSERT_TRUE(resumed) << resumed.error().text();
    static_cast<void>(engine().settle());
  }
  std::string number(const std::string& name) {
    auto info = engine().info(uuid(name));
    return info && *info ? to_text((*info)->device) : "0:0";
  }
  std::string status(const std::string& name) {
    auto lines = engine().status(uuid(name));
    return lines && !lines->empty() ? lines->front().params : "no status";
  }
  void remove_all() {
    for (; !names_.empty(); names_.pop_back()) {
      auto removed = engine().remove(uuid(names_.back()), {}, std::nullopt, true);
      EXPECT_TRUE(removed) << removed.error().text();
    }
    static_cast<void>(engine().settle());
  }
  void fill(const std::string& name, std::uint64_t offset, std::size_t size, int seed) {
    auto data = pattern(size, seed);
    transfer(name, offset, data, true);
  }
  void expect(const std::string& name, std::uint64_t offset, std::size_t size, int seed) {
    std::vector<std::byte> data(size);
    transfer(name, offset, data, false);
    EXPECT_EQ(std::memcmp(data.data(), pattern(size, seed).data(), size), 0) << name << " at " << offset;
  }
  static std::vector<std::byte> pattern(std::size_t size, int seed) {
    std::vector<std::byte> data(size);
    for (std::size_t i = 0; i < size; ++i)
      data[i] = static_cast<std::byte>(i / 512 * 31 + i * 3 + static_cast<unsigned>(seed));
    return data;
  }

 private:
  std::vector<std::string> names_;
};

class KernelSide final : public Side {
 public:
  explicit KernelSide(const std::vector<std::unique_ptr<Disk>>& disks) : disks_(disks) {
    KernelOptions options;
    options.udev.disabled = true;
    engine_ = std::make_unique<KernelEngine>(options, clock_, trace_);
  }
  ~KernelSide() override { remove_all(); }
  Engine& engine() override { return *engine_; }
  std::string disk(int index) override { return to_text(disks_[static_cast<std::size_t>(index)]->number()); }
  void transfer(const std::string& name, std::uint64_t offset, std::span<std::byte> data, bool write) override {
    Fd file(::open(("/dev/mapper/handover-" + name).c_str(), (write ? O_RDWR : O_RDONLY) | O_CLOEXEC));
    ASSERT_TRUE(file) << name << ": " << std::strerror(errno);
    const auto done = write ? ::pwrite(file.get(), data.data(), data.size(), static_cast<off_t>(offset))
                            : ::pread(file.get(), data.data(), data.size(), static_cast<off_t>(offset));
    ASSERT_EQ(done, static_cast<ssize_t>(data.size())) << std::strerror(errno);
    if (write) {
      ASSERT_EQ(::fsync(file.get()), 0);
    }
  }

 private:
  const std::vector<std::unique_ptr<Disk>>& disks_;
  SystemClock clock_;
  NoTrace trace_;
  std::unique_ptr<KernelEngine> engine_;
};

class UserSide final : public Side {
 public:
  explicit UserSide(const std::vector<std::unique_ptr<Disk>>& disks) : machine_(std::make_shared<Machine>(options())) {
    for (std::uint32_t i = 0; i < disks.size(); ++i) {
      disks[i]->sync();
      auto attached =
          machine_->attach({kImageMajor, i}, {disks[i]->path(), Bytes(), Bytes(kSectors * kSectorSize), false});
      EXPECT_TRUE(attached) << attached.error().text();
    }
    engine_ = std::make_unique<LocalEngine>(machine_);
  }
  ~UserSide() override { remove_all(); }
  Engine& engine() override { return *engine_; }
  Machine& machine() { return *machine_; }
  std::string disk(int index) override { return fmt::format("{}:{}", kImageMajor, index); }
  void transfer(const std::string& name, std::uint64_t offset, std::span<std::byte> data, bool write) override {
    auto info = engine_->info(uuid(name));
    auto block = engine_->open((*info)->device, write);
    ASSERT_TRUE(block) << block.error().text();
    auto done = write ? (*block)->write(Bytes(offset), data, true) : (*block)->read(Bytes(offset), data);
    ASSERT_TRUE(done) << done.error().text();
  }

 private:
  static MachineOptions options() { return {false, {}}; }
  std::shared_ptr<Machine> machine_;
  std::unique_ptr<LocalEngine> engine_;
};

class GuestUserHandover : public ::testing::Test {
 protected:
  void SetUp() override {
    SystemClock clock;
    NoTrace trace;
    if (::geteuid() != 0 || !KernelEngine({}, clock, trace).available()) GTEST_SKIP() << "needs a kernel device-mapper";
    take_new_disks();
    for (const char* target : {"snapshot", "snapshot-merge", "raid", "mirror"}) {
      auto there = KernelEngine({}, clock, trace).require_target(target);
      ASSERT_TRUE(there) << there.error().text();
    }
  }
  static constexpr std::uint64_t kVolume = 16384;

  static void snapshot_stack(Side& side, bool with_snapshot) {
    side.make("real", fmt::format("0 {} linear {} 128", kVolume, side.disk(0)));
    if (!with_snapshot) return;
    side.make("cow", fmt::format("0 4096 linear {} 0", side.disk(1)));
    side.make("lv", fmt::format("0 {} snapshot-origin {}", kVolume, side.number("real")));
    side.make("snap", fmt::format("0 {} snapshot {} {} P 8", kVolume, side.number("real"), side.number("cow")));
  }
  static void raid_stack(Side& side, const std::string& parameters) {
    for (int i = 0; i < 2; ++i) {
      side.make(fmt::format("rmeta{}", i), fmt::format("0 2048 linear {} 0", side.disk(i)));
      side.make(fmt::format("rimage{}", i), fmt::format("0 {} linear {} 2048", kVolume, side.disk(i)));
    }
    side.make("raid", fmt::format("0 {} raid raid1 {} 2 {} {} {} {}", kVolume, parameters, side.number("rmeta0"),
                                  side.number("rimage0"), side.number("rmeta1"), side.number("rimage1")));
  }
  static void finish_sync(Side& side, UserSide* user) {
    for (int i = 0; i < 3000 && side.status("raid") != "raid1 2 AA 16384/16384 idle 0 0 -"; ++i) {
      if (user != nullptr)
        user->machine().work();
      else
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  void take_new_disks() {
    disks_.clear();
    for (int i = 0; i < 3; ++i) disks_.push_back(std::make_unique<Disk>());
  }
  std::unique_ptr<Side> side(bool kernel) {
    if (kernel) return std::make_unique<KernelSide>(disks_);
    return std::make_unique<UserSide>(disks_);
  }
  void expect_equal_images() {
    std::vector<std::byte> images[2];
    for (std::size_t i = 0; i < 2; ++i) {
      images[i].resize(kVolume * kSectorSize);
      disks_[i]->sync();
      Fd file(::open(disks_[i]->path().c_str(), O_RDONLY | O_CLOEXEC));
      ASSERT_EQ(::pread(file.get(), images[i].data(), images[i].size(), 2048 * 512),
                static_cast<ssize_t>(images[i].size()));
    }
    EXPECT_TRUE(images[0] == images[1]);
  }

  std::vector<std::unique_ptr<Disk>> disks_;
};

// Each side writes the snapshot, the other goes on with it.
TEST_F(GuestUserHandover, SnapshotsBothWays) {
  for (const bool kernel_first : {true, false}) {
    take_new_disks();
    {
      auto first = side(kernel_first);
      snapshot_stack(*first, false);
      first->fill("real", 0, 1 << 20, 1);
      first->remove_all();
      snapshot_stack(*first, true);
      first->fill("lv", 0, 256 << 10, 2);
      first->fill("snap", 512 << 10, 100 << 10, 3);
      first->expect("snap", 0, 256 << 10, 1);
      EXPECT_EQ(first->status("snap"), "728/4096 16") << kernel_first;
    }
    {
      auto second = side(!kernel_first);
      snapshot_stack(*second, true);
      EXPECT_EQ(second->status("snap"), "728/4096 16") << kernel_first;
      second->expect("lv", 0, 256 << 10, 2);
      second->expect("snap", 0, 256 << 10, 1);
      second->expect("snap", 512 << 10, 100 << 10, 3);
      second->fill("lv", 768 << 10, 200 << 10, 4);
      second->fill("snap", 0, 64 << 10, 5);
    }
    auto first = side(kernel_first);
    snapshot_stack(*first, true);
    first->expect("lv", 768 << 10, 200 << 10, 4);
    first->expect("snap", 0, 64 << 10, 5);
    first->expect("snap", 512 << 10, 100 << 10, 3);
    auto original = Side::pattern(1 << 20, 1);
    std::vector<std::byte> data(200 << 10);
    first->transfer("snap", 768 << 10, data, false);
    EXPECT_EQ(std::memcmp(data.data(), original.data() + (768 << 10), data.size()), 0);
  }
}

// One side is stopped in the middle of a merge, the other ends it. Every second chunk differs, so that the merge goes
// chunk by chunk; there are more of them than an area of the store has entries.
TEST_F(GuestUserHandover, MergesBothWays) {
  constexpr std::size_t kSize = 3 << 20, kChunk = 4096;
  constexpr std::uint64_t kWritten = 1 << 20, kWrittenSize = 64 << 10;
  auto expected = Side::pattern(kSize, 1);
  std::ranges::copy(Side::pattern(kWrittenSize, 3), expected.begin() + kWritten);
  auto holds_snapshot = [&](Side& side, const std::string& name) {
    std::vector<std::byte> data(kSize);
    side.transfer(name, 0, data, false);
    return data == expected;
  };
  auto merge_stack = [](Side& side) {
    side.make("real", fmt::format("0 {} linear {} 128", kVolume, side.disk(0)));
    side.make("cow", fmt::format("0 4096 linear {} 0", side.disk(1)));
    side.make("lv", fmt::format("0 {} snapshot-merge {} {} P 8", kVolume, side.number("real"), side.number("cow")));
  };
  // Chunks that wait to be merged, those of the store's own metadata left out.
  auto left = [](Side& side) {
    unsigned used = 0, size = 0, metadata = 0;
    const auto text = side.status("lv");
    return std::sscanf(text.c_str(), "%u/%u %u", &used, &size, &metadata) == 3 ? (used - metadata) / 8 : ~0U;
  };
  for (const bool kernel_first : {true, false}) {
    unsigned before = 0;
    // A kernel may be done before it is asked: then it has to begin again.
    for (int attempt = 0; attempt < 20 && before == 0; ++attempt) {
      take_new_disks();
      auto first = side(kernel_first);
      snapshot_stack(*first, false);
      first->fill("real", 0, kSize, 1);
      first->remove_all();
      snapshot_stack(*first, true);
      for (std::size_t at = 0; at < kSize; at += 2 * kChunk) first->fill("lv", at, kChunk, 2);
      first->fill("snap", kWritten, kWrittenSize, 3);
      first->remove_all();
      merge_stack(*first);
      if (!kernel_first)
        for (int i = 0; i < 50; ++i) static_cast<UserSide&>(*first).machine().work();
      before = left(*first);
      EXPECT_TRUE(holds_snapshot(*first, "lv")) << kernel_first;
    }
    EXPECT_GT(before, 0U) << kernel_first;
    EXPECT_LT(before, 393U) << kernel_first;
    auto second = side(!kernel_first);
    merge_stack(*second);
    EXPECT_LE(left(*second), before) << kernel_first;
    EXPECT_TRUE(holds_snapshot(*second, "lv")) << kernel_first;
    for (int i = 0; i < 3000 && left(*second) != 0; ++i) {
      if (kernel_first)
        static_cast<UserSide&>(*second).machine().work();
      else
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_EQ(left(*second), 0U) << second->status("lv");
    second->remove_all();
    snapshot_stack(*second, false);
    EXPECT_TRUE(holds_snapshot(*second, "real")) << kernel_first;
  }
}

TEST_F(GuestUserHandover, ResyncOfTheKernelIsFinished) {
  {
    KernelSide kernel(disks_);
    raid_stack(kernel, "5 0 max_recovery_rate 64 region_size 128");
    kernel.fill("raid", 0, 1 << 20, 1);
    EXPECT_EQ(kernel.status("raid").substr(0, 11), "raid1 2 aa ") << kernel.status("raid");
  }
  {
    UserSide user(disks_);
    raid_stack(user, "3 0 region_size 128");
    EXPECT_EQ(user.status("raid").substr(0, 11), "raid1 2 aa ") << user.status("raid");
    user.expect("raid", 0, 1 << 20, 1);
    user.fill("raid", 2 << 20, 1 << 20, 2);
    finish_sync(user, &user);
    EXPECT_EQ(user.status("raid"), "raid1 2 AA 16384/16384 idle 0 0 -");
  }
  expect_equal_images();
  KernelSide kernel(disks_);
  raid_stack(kernel, "3 0 region_size 128");
  EXPECT_EQ(kernel.status("raid"), "raid1 2 AA 16384/16384 idle 0 0 -");
  kernel.expect("raid", 0, 1 << 20, 1);
  kernel.expect("raid", 2 << 20, 1 << 20, 2);
}

TEST_F(GuestUserHandover, ResyncOfTheEngineIsFinished) {
  {
    UserSide user(disks_);
    raid_stack(user, "3 0 region_size 128");
    user.fill("raid", 0, 1 << 20, 1);
    for (int i = 0; i < 40; ++i) user.machine().work();
    EXPECT_EQ(user.status("raid").substr(0, 11), "raid1 2 aa ") << user.status("raid");
  }
  {
    KernelSide kernel(disks_);
    raid_stack(kernel, "5 0 max_recovery_rate 64 region_size 128");
    // The kernel calls a resync that it takes up again a repair, and shows its images as good meanwhile.
    auto status = kernel.status("raid");
    for (int i = 0; i < 500 && status.find(" idle ") != std::string::npos; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      status = kernel.status("raid");
    }
    EXPECT_TRUE(status.find(" resync ") != std::string::npos || status.find(" repair ") != std::string::npos) << status;
    kernel.expect("raid", 0, 1 << 20, 1);
  }
  {
    KernelSide kernel(disks_);
    raid_stack(kernel, "3 0 region_size 128");
    finish_sync(kernel, nullptr);
    EXPECT_EQ(kernel.status("raid"), "raid1 2 AA 16384/16384 idle 0 0 -");
    kernel.fill("raid", 3 << 20, 1 << 20, 7);
  }
  expect_equal_images();
  UserSide user(disks_);
  raid_stack(user, "3 0 region_size 128");
  EXPECT_EQ(user.status("raid"), "raid1 2 AA 16384/16384 idle 0 0 -");
  user.expect("raid", 3 << 20, 1 << 20, 7);
}

TEST_F(GuestUserHandover, MirrorLogsBothWays) {
  auto stack = [](Side& side) {
    for (int i = 0; i < 2; ++i)
      side.make(fmt::format("leg{}", i), fmt::format("0 {} linear {} 2048", kVolume, side.disk(i)));
    side.make("log", fmt::format("0 64 linear {} 0", side.disk(2)));
    side.make("raid", fmt::format("0 {} mirror disk 2 {} 1024 2 {} 0 {} 0", kVolume, side.number("log"),
                                  side.number("leg0"), side.number("leg1")));
  };
  {
    UserSide user(disks_);
    stack(user);
    user.fill("raid", 0, 1 << 20, 1);
    for (int i = 0; i < 5; ++i) user.machine().work();
    EXPECT_NE(user.status("raid").find(" 5/16 1 AA 3 disk "), std::string::npos) << user.status("raid");
  }
  {
    KernelSide kernel(disks_);
    stack(kernel);
    for (int i = 0; i < 3000 && kernel.status("raid").find(" 16/16 ") == std::string::npos; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_NE(kernel.status("raid").find(" 16/16 "), std::string::npos) << kernel.status("raid");
    kernel.fill("raid", 1 << 20, 1 << 20, 2);
  }
  expect_equal_images();
  UserSide user(disks_);
  stack(user);
  EXPECT_NE(user.status("raid").find(" 16/16 1 AA 3 disk "), std::string::npos) << user.status("raid");
  user.expect("raid", 0, 1 << 20, 1);
  user.expect("raid", 1 << 20, 1 << 20, 2);
}

}  // namespace
}  // namespace lvm::dm::user
