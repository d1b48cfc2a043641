// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/io/system_io.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/loop.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <thread>

#include "base/fd.h"
#include "base/testing/temporary_folder.h"
#include "device/io/topology.h"

namespace lvm::device {
namespace {

std::vector<std::byte> pattern(std::size_t length, unsigned seed) {
  std::vector<std::byte> out(length);
  for (std::size_t i = 0; i < length; ++i) out[i] = static_cast<std::byte>((i * 31 + seed) % 251);
  return out;
}

class UnitSystemIo : public ::testing::TestWithParam<bool> {
 protected:
  Device image(const std::string& name, std::size_t size, unsigned seed = 0) {
    std::string path = root_ + "/" + name;
    auto bytes = pattern(size, seed);
    std::ofstream(path).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(size));
    return {.path = path, .image = ImagePart{.file = path}, .size = Bytes(size)};
  }
  std::unique_ptr<Io> make(int timeout_seconds = 10) {
    return make_system_io({.io_timeout_seconds = timeout_seconds, .use_ring = GetParam()}, {});
  }
  TemporaryFolder folder_;
  const std::string& root_ = folder_.path();
};

INSTANTIATE_TEST_SUITE_P(RingAndChild, UnitSystemIo, ::testing::Bool());

TEST_P(UnitSystemIo, ReadsManyHeads) {
  std::vector<Device> devices;
  for (unsigned i = 0; i < 300; ++i) devices.push_back(image("d" + std::to_string(i), 4096 + i * 100, i));
  devices.push_back({.path = root_ + "/missing", .image = ImagePart{.file = root_ + "/missing"}});
  std::vector<HeadRead> reads;
  for (const Device& device : devices) reads.push_back({.device = &device, .length = Bytes(8000)});
  make()->read_heads(reads);
  for (unsigned i = 0; i < 300; ++i) {
    ASSERT_FALSE(reads[i].error) << reads[i].error->text();
    std::size_t size = std::min<std::size_t>(4096 + i * 100, 8000);
    EXPECT_EQ(reads[i].data, pattern(size, i)) << i;
  }
  ASSERT_TRUE(reads[300].error);
  EXPECT_EQ(reads[300].error->code(), Code::not_found);
  EXPECT_NE(reads[300].error->text().find("/missing"), std::string::npos);
}

// Opening a FIFO for reading blocks until someone writes to it: a device that does not answer.
TEST_P(UnitSystemIo, ADeadDeviceCostsItsTimeoutOnceAndNothingToOthers) {
  Device good = image("good", 8192, 1);
  Device dead{.path = root_ + "/dead"};
  ASSERT_EQ(::mkfifo(dead.path.c_str(), 0600), 0);
  auto io = make(1);
  std::vector<HeadRead> reads{{.device = &dead, .length = Bytes(4096)}, {.device = &good, .length = Bytes(4096)}};
  io->read_heads(reads);
  ASSERT_TRUE(reads[0].error);
  EXPECT_NE(reads[0].error->text().find(dead.path), std::string::npos);
  EXPECT_NE(reads[0].error->text().find("does not answer"), std::string::npos);
  ASSERT_FALSE(reads[1].error);
  EXPECT_EQ(reads[1].data, pattern(4096, 1));

  // Known to be dead now: were it asked again, the writer below would get through to a reader.
  io->read_heads(reads);
  EXPECT_TRUE(reads[0].error);
  EXPECT_FALSE(reads[1].error);
  EXPECT_FALSE(io->open(dead, Access::read));
}

// More than there are threads or places in any queue: each is waited for while the others are, not after them.
TEST_P(UnitSystemIo, ManyDeadDevicesCostOneTimeout) {
  std::vector<Device> devices;
  for (int i = 0; i < 300; ++i) {
    devices.push_back({.path = root_ + "/dead" + std::to_string(i)});
    ASSERT_EQ(::mkfifo(devices.back().path.c_str(), 0600), 0);
  }
  devices.push_back(image("good", 8192, 1));
  std::vector<HeadRead> reads;
  for (const Device& device : devices) reads.push_back({.device = &device, .length = Bytes(4096)});
  auto io = make(2);
  auto start = std::chrono::steady_clock::now();
  io->read_heads(reads);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(3500));
  EXPECT_FALSE(reads.back().error);
  for (int i = 0; i < 300; ++i) EXPECT_TRUE(reads[static_cast<std::size_t>(i)].error);
  // And those that are asked later do not cost another one.
  Device late{.path = root_ + "/late"};
  ASSERT_EQ(::mkfifo(late.path.c_str(), 0600), 0);
  HeadRead read{.device = &late, .length = Bytes(4096)};
  start = std::chrono::steady_clock::now();
  io->read_heads(std::span(&read, 1));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(1500));
  EXPECT_TRUE(read.error);
}

// Who waits for the end of our output is not kept by what was left behind, nor is a file lock.
TEST_P(UnitSystemIo, WhatIsLeftBehindHoldsNoFile) {
  Device dead{.path = root_ + "/dead"};
  ASSERT_EQ(::mkfifo(dead.path.c_str(), 0600), 0);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  Fd read_end(ends[0]), write_end(ends[1]);
  std::thread closer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));  // while the reader is there
    write_end.reset();
  });
  auto start = std::chrono::steady_clock::now();
  auto io = make(3);
  std::thread reader([&] {
    HeadRead read{.device = &dead, .length = Bytes(4096)};
    io->read_heads(std::span(&read, 1));
  });
  char byte;
  EXPECT_EQ(::read(read_end.get(), &byte, 1), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  closer.join();
  reader.join();
}

TEST_P(UnitSystemIo, TheProcessExitsWithADeadDevice) {
  Device dead{.path = root_ + "/dead"};
  ASSERT_EQ(::mkfifo(dead.path.c_str(), 0600), 0);
  pid_t child = ::fork();
  if (child == 0) {
    ::alarm(30);
    auto io = make(1);
    std::vector<HeadRead> reads{{.device = &dead, .length = Bytes(4096)}};
    io->read_heads(reads);
    io.reset();
    ::_exit(reads[0].error ? 42 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

TEST_P(UnitSystemIo, ImagesReadAndWriteAnyRange) {
  Device device = image("disk", 100000, 3);
  auto io = make();
  auto handle = io->open(device, Access::write);
  ASSERT_TRUE(handle) << handle.error().text();
  EXPECT_EQ((*handle)->size(), Bytes(100000));
  auto expected = pattern(100000, 3);
  auto data = pattern(5001, 9);
  ASSERT_TRUE((*handle)->write(Bytes(777), data));
  std::copy(data.begin(), data.end(), expected.begin() + 777);
  ASSERT_TRUE((*handle)->zero(Bytes(50001), Bytes(9000)));
  std::fill_n(expected.begin() + 50001, 9000, std::byte{0});
  ASSERT_TRUE((*handle)->discard(Bytes(65536), Bytes(4096)));
  std::fill_n(expected.begin() + 65536, 4096, std::byte{0});
  ASSERT_TRUE((*handle)->flush());
  std::vector<std::byte> all(100000);
  ASSERT_TRUE((*handle)->read(Bytes(0), all));
  EXPECT_EQ(all, expected);

  std::vector<std::byte> two(2);
  EXPECT_EQ((*handle)->read(Bytes(99999), two).error().code(), Code::io);
  EXPECT_EQ((*handle)->write(Bytes(99999), two).error().code(), Code::io);
  EXPECT_EQ((*handle)->zero(Bytes(1), Bytes(UINT64_MAX)).error().code(), Code::io);
}

TEST_P(UnitSystemIo, TwoProcessesDoNotWriteOneImage) {
  Device device = image("disk", 4096);
  auto try_elsewhere = [&](Access access) {
    pid_t child = ::fork();
    if (child == 0) {
      auto handle = make(0)->open(device, access);
      ::_exit(handle ? 0 : handle.error().code() == Code::busy ? 1 : 2);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  };
  auto io = make();
  ASSERT_TRUE(io->claim(std::span(&device, 1)));
  EXPECT_TRUE(io->open(device, Access::write)) << "one process may";
  EXPECT_TRUE(io->open(device, Access::exclusive_write));
  EXPECT_EQ(try_elsewhere(Access::write), 1) << "held until the command is over";
  EXPECT_EQ(try_elsewhere(Access::read), 0);
  io.reset();
  EXPECT_EQ(try_elsewhere(Access::write), 0);
}

// As QEMU and other users' engines hold an image.
TEST_P(UnitSystemIo, ImagesInUseElsewhereAreNotWritten) {
  Device device = image("disk", 4096);
  Fd other(::open(device.path.c_str(), O_RDWR));
  struct flock lock{.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 100, .l_len = 1, .l_pid = 0};
  ASSERT_EQ(::fcntl(other.get(), F_OFD_SETLK, &lock), 0);
  EXPECT_EQ(make()->open(device, Access::write).error().code(), Code::busy);
  EXPECT_EQ(make()->claim(std::span(&device, 1)).error().code(), Code::busy);
  EXPECT_TRUE(make()->open(device, Access::read));
  // Of a partition only its own bytes count.
  device.image->start = Bytes(2048);
  device.image->partition = 1;
  device.size = Bytes(1024);
  EXPECT_TRUE(make()->open(device, Access::write));
}

TEST_P(UnitSystemIo, APartitionEndsWhereItEnds) {
  Device device = image("disk", 100000, 3);
  device.image->start = Bytes(1024);
  device.image->partition = 2;
  device.size = Bytes(5000);
  auto expected = pattern(100000, 3);
  HeadRead head{.device = &device, .length = Bytes(8192)};
  auto io = make();
  io->read_heads(std::span(&head, 1));
  ASSERT_FALSE(head.error) << head.error->text();
  EXPECT_EQ(head.data, std::vector(expected.begin() + 1024, expected.begin() + 6024));
  auto handle = io->open(device, Access::write);
  ASSERT_TRUE(handle) << handle.error().text();
  std::vector<std::byte> bytes(100);
  ASSERT_TRUE((*handle)->read(Bytes(4900), bytes));
  EXPECT_EQ(bytes, std::vector(expected.begin() + 5924, expected.begin() + 6024));
  EXPECT_FALSE((*handle)->write(Bytes(4901), bytes));
  // Cut short behind our back.
  handle->reset();
  std::filesystem::resize_file(device.path, 3000);
  EXPECT_EQ(io->open(device, Access::read).error().code(), Code::corrupt);
}

TEST_P(UnitSystemIo, FindsAFileByAnyPath) {
  Device a = image("a", 10), b = image("b", 10);
  std::filesystem::create_symlink(b.path, root_ + "/link");
  std::vector<Device> devices{a, b};
  auto io = make();
  EXPECT_EQ(io->locate(root_ + "/link", devices), 1u);
  EXPECT_EQ(io->locate(root_ + "/./a", devices), 0u);
  EXPECT_EQ(io->locate(root_ + "/c", devices), std::nullopt);
}

TEST(UnitTopology, StripeOfMdArrays) {
  EXPECT_EQ(md_stripe_width("raid0", 4, 65536, 0), Bytes(262144));
  EXPECT_EQ(md_stripe_width("raid5", 4, 65536, 2), Bytes(196608));
  EXPECT_EQ(md_stripe_width("raid6", 4, 65536, 2), Bytes(131072));
  EXPECT_EQ(md_stripe_width("raid10", 4, 65536, 0x102), Bytes(131072));
  EXPECT_EQ(md_stripe_width("raid1", 2, 0, 0), Bytes(0));
  EXPECT_EQ(md_stripe_width("raid6", 1, 65536, 0), Bytes(0));
}

TEST(UnitTopology, AllFromSysfs) {
  const TemporaryFolder folder;
  const std::string& root = folder.path();
  auto write = [&](const std::string& path, const char* text) {
    std::filesystem::create_directories(std::filesystem::path(root + path).parent_path());
    std::ofstream(root + path) << text;
  };
  write("/devices/sda/queue/logical_block_size", "512\n");
  write("/devices/sda/queue/physical_block_size", "4096\n");
  write("/devices/sda/queue/minimum_io_size", "4096\n");
  write("/devices/sda/queue/optimal_io_size", "1048576\n");
  write("/devices/sda/alignment_offset", "-1\n");
  write("/devices/sda/sda1/partition", "1\n");
  write("/devices/sda/sda1/alignment_offset", "3584\n");
  std::filesystem::create_directories(root + "/dev/block");
  std::filesystem::create_symlink("../../devices/sda", root + "/dev/block/8:0");
  std::filesystem::create_symlink("../../devices/sda/sda1", root + "/dev/block/8:1");
  Topology expected{.logical_block_size = 512,
                    .physical_block_size = 4096,
                    .minimum_io_size = Bytes(4096),
                    .optimal_io_size = Bytes(1048576)};
  EXPECT_EQ(read_topology(Sysfs(root), {8, 0}), expected);
  expected.alignment_offset = Bytes(3584);
  EXPECT_EQ(read_topology(Sysfs(root), {8, 1}), expected);
  EXPECT_EQ(read_topology(Sysfs(root), {9, 9}), Topology{.physical_block_size = 512});
}

// Direct I/O needs a real block device: a loop device.
class GuestBlockHandle : public ::testing::TestWithParam<bool> {
 protected:
  static constexpr std::size_t kSize = 10u << 20;
  void SetUp() override {
    Fd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
    if (!control) GTEST_SKIP() << "no loop devices";
    path_ = ::testing::TempDir() + "lvm_block_XXXXXX";
    Fd file(::mkstemp(path_.data()));
    ASSERT_EQ(::ftruncate(file.get(), kSize), 0);
    for (int attempt = 0; attempt < 20 && !loop_; ++attempt) {
      int index = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
      loop_path_ = "/dev/loop" + std::to_string(index);
      Fd loop(::open(loop_path_.c_str(), O_RDWR | O_CLOEXEC));
      if (loop && ::ioctl(loop.get(), LOOP_SET_FD, file.get()) == 0) loop_ = std::move(loop);
    }
    if (!loop_) GTEST_SKIP() << "no free loop device";
    struct stat status;
    ASSERT_EQ(::fstat(loop_.get(), &status), 0);
    device_ = {.path = loop_path_, .number = {major(status.st_rdev), minor(status.st_rdev)}, .size = Bytes(kSize)};
    io_ = make_system_io({.use_ring = GetParam()}, {});
  }
  void TearDown() override {
    if (loop_) ::ioctl(loop_.get(), LOOP_CLR_FD, 0);
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  std::string path_, loop_path_;
  Fd loop_;
  Device device_;
  std::unique_ptr<Io> io_;
};

INSTANTIATE_TEST_SUITE_P(RingAndPlain, GuestBlockHandle, ::testing::Bool());

TEST_P(GuestBlockHandle, ReadsAndWritesAnyRange) {
  auto handle = io_->open(device_, Access::exclusive_write);
  ASSERT_TRUE(handle) << handle.error().text();
  EXPECT_EQ((*handle)->size(), Bytes(kSize));
  std::vector<std::byte> expected(kSize);
  struct Range {
    std::size_t offset, length;
  };
  for (auto [offset, length] :
       {Range{0, 512}, Range{1, 510}, Range{511, 2}, Range{1000, 5}, Range{4096, 4096}, Range{5000, 100000},
        Range{(4u << 20) - 3, 7}, Range{123, 9u << 20}, Range{kSize - 1, 1}}) {
    auto data = pattern(length, static_cast<unsigned>(offset));
    ASSERT_TRUE((*handle)->write(Bytes(offset), data));
    std::copy(data.begin(), data.end(), expected.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  for (auto [offset, length] : {Range{700, 10}, Range{8000, 70001}, Range{4096, 4096}}) {
    ASSERT_TRUE((*handle)->zero(Bytes(offset), Bytes(length)));
    std::fill_n(expected.begin() + static_cast<std::ptrdiff_t>(offset), length, std::byte{0});
  }
  ASSERT_TRUE((*handle)->flush());
  std::vector<std::byte> all(kSize);
  ASSERT_TRUE((*handle)->read(Bytes(0), all));
  EXPECT_TRUE(all == expected);
  std::vector<std::byte> odd(777);
  ASSERT_TRUE((*handle)->read(Bytes(4095), odd));
  EXPECT_TRUE(std::equal(odd.begin(), odd.end(), expected.begin() + 4095));
  EXPECT_FALSE((*handle)->read(Bytes(kSize), odd));
  EXPECT_TRUE((*handle)->read(Bytes(kSize), {}));

  std::vector<HeadRead> heads{{.device = &device_, .length = Bytes(8192)}};
  io_->read_heads(heads);
  ASSERT_FALSE(heads[0].error) << heads[0].error->text();
  EXPECT_TRUE(std::equal(heads[0].data.begin(), heads[0].data.end(), expected.begin()));
  auto again = io_->open(device_, Access::exclusive_write);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), Code::busy);
  EXPECT_EQ(again.error().text(), "Can't open " + device_.path + " exclusively.  Mounted filesystem?");
  ASSERT_TRUE(io_->topology(device_));
  EXPECT_EQ(io_->topology(device_)->logical_block_size, 512u);
  EXPECT_FALSE(io_->is_mounted(device_));
}

}  // namespace
}  // namespace lvm::device
