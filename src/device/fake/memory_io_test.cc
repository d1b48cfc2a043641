// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/fake/memory_io.h"

#include <gtest/gtest.h>

namespace lvm::device {
namespace {

std::vector<std::byte> fill(std::size_t length, int value) {
  return std::vector<std::byte>(length, static_cast<std::byte>(value));
}

TEST(UnitMemoryIo, WritesAcrossPagesAreReadBack) {
  MemoryIo io;
  Device device = io.add("/dev/a", Bytes(1ull << 50));
  auto handle = io.open(device, Access::write);
  ASSERT_TRUE(handle);
  Bytes far((1ull << 50) - 10000);
  ASSERT_TRUE((*handle)->write(far, fill(10000, 7)));
  std::vector<std::byte> back(10000);
  ASSERT_TRUE((*handle)->read(far, back));
  EXPECT_EQ(back, fill(10000, 7));
  EXPECT_FALSE((*handle)->write(far, fill(10001, 7)));
  EXPECT_FALSE((*handle)->read(Bytes((1ull << 50) - 1), std::span(back).first(2)));
  ASSERT_TRUE((*handle)->zero(far, Bytes(10000)));
  ASSERT_TRUE((*handle)->read(far, back));
  EXPECT_EQ(back, fill(10000, 0));
}

TEST(UnitMemoryIo, EventsReplayToAnyPoint) {
  MemoryIo io;
  Device device = io.add("/dev/a", Bytes(1 << 20));
  MemoryIo before = io.after({}, 0);
  auto handle = io.open(device, Access::write);
  ASSERT_TRUE((*handle)->write(Bytes(0), fill(512, 1)));
  ASSERT_TRUE((*handle)->flush());
  ASSERT_TRUE((*handle)->write(Bytes(512), fill(512, 2)));
  ASSERT_EQ(io.events().size(), 3u);
  EXPECT_EQ(io.write_count(), 2u);
  MemoryIo cut = before.after(io.events(), 2);
  EXPECT_EQ(cut.peek("/dev/a", Bytes(0), 512), fill(512, 1));
  EXPECT_EQ(cut.peek("/dev/a", Bytes(512), 512), fill(512, 0));
  MemoryIo torn = before.after(io.events(), 2, 100);
  EXPECT_EQ(torn.peek("/dev/a", Bytes(512), 100), fill(100, 2));
  EXPECT_EQ(torn.peek("/dev/a", Bytes(612), 412), fill(412, 0));
  EXPECT_EQ(before.after(io.events(), 3).peek("/dev/a", Bytes(512), 512), fill(512, 2));
}

TEST(UnitMemoryIo, FaultsHitTheWriteTheyAreMeantFor) {
  MemoryIo io;
  Device device = io.add("/dev/a", Bytes(1 << 20));
  auto handle = io.open(device, Access::write);
  io.fail_write(1);
  EXPECT_TRUE((*handle)->write(Bytes(0), fill(512, 1)));
  auto failed = (*handle)->write(Bytes(512), fill(512, 2));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), Code::io);
  EXPECT_EQ(io.peek("/dev/a", Bytes(512), 512), fill(512, 0));
  EXPECT_TRUE((*handle)->write(Bytes(512), fill(512, 3)));
  io.fail_writes_to("/dev/a");
  EXPECT_FALSE((*handle)->zero(Bytes(0), Bytes(512)));
  io.mend();
  EXPECT_TRUE((*handle)->zero(Bytes(0), Bytes(512)));
}

TEST(UnitMemoryIo, UnpluggedAndReadOnlyDevicesRefuse) {
  MemoryIo io;
  Device device = io.add("/dev/a", Bytes(4096));
  auto handle = io.open(device, Access::write);
  io.unplug("/dev/a");
  EXPECT_FALSE(io.open(device, Access::read));
  EXPECT_FALSE((*handle)->write(Bytes(0), fill(1, 1)));
  EXPECT_TRUE(io.enumerate()->empty());
  io.plug("/dev/a");
  io.set_read_only("/dev/a", true);
  EXPECT_TRUE(io.open(device, Access::read));
  auto refused = io.open(device, Access::write);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::permission);
}

TEST(UnitMemoryIo, HeadsOfManyDevicesAreReadAtOnce) {
  MemoryIo io;
  Device a = io.add("/dev/a", Bytes(1024));
  Device b = io.add("/dev/b", Bytes(1 << 20));
  io.poke("/dev/b", Bytes(10), fill(1, 9));
  io.unplug("/dev/a");
  std::vector<HeadRead> reads(2);
  reads[0] = {&a, Bytes(2048), {}, {}};
  reads[1] = {&b, Bytes(2048), {}, {}};
  io.read_heads(reads);
  EXPECT_TRUE(reads[0].error);
  ASSERT_FALSE(reads[1].error);
  EXPECT_EQ(reads[1].data.size(), 2048u);
  EXPECT_EQ(reads[1].data[10], std::byte{9});
}

}  // namespace
}  // namespace lvm::device
