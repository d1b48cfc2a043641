// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/partitions.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>

#include "base/crc.h"

namespace lvm::device {
namespace {

// An image in memory with a partition table written by hand.
class UnitPartitions : public ::testing::Test {
 protected:
  static constexpr std::size_t kSize = 4u << 20;

  template <class T>
  void put(std::size_t offset, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
      image_[offset + i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
  void put_pc_entry(std::size_t sector, int slot, std::uint8_t type, std::uint32_t start, std::uint32_t count) {
    std::size_t at = sector * 512 + 446 + static_cast<std::size_t>(slot) * 16;
    put<std::uint8_t>(at + 4, type);
    put<std::uint32_t>(at + 8, start);
    put<std::uint32_t>(at + 12, count);
    put<std::uint16_t>(sector * 512 + 510, 0xaa55);
  }
  std::uint32_t crc(std::size_t offset, std::size_t length) {
    return ~crc32(std::span(image_).subspan(offset, length), ~std::uint32_t{0});
  }
  // Two partitions, numbers 1 and 3.
  void put_gpt(std::size_t header, std::size_t entries, std::size_t sector) {
    for (auto [number, first, last] : {std::array<std::uint64_t, 3>{1, 64, 127}, {3, 256, 511}}) {
      std::size_t at = entries + (number - 1) * 128;
      put<std::uint64_t>(at, 0x1122);
      put<std::uint64_t>(at + 32, first);
      put<std::uint64_t>(at + 40, last);
    }
    std::memcpy(&image_[header], "EFI PART", 8);
    put<std::uint32_t>(header + 12, 92);
    put<std::uint64_t>(header + 72, entries / sector);
    put<std::uint32_t>(header + 80, 128);
    put<std::uint32_t>(header + 84, 128);
    put<std::uint32_t>(header + 88, crc(entries, 128 * 128));
    put<std::uint32_t>(header + 16, 0);
    put<std::uint32_t>(header + 16, crc(header, 92));
  }
  Result<std::vector<Partition>> read() {
    return read_partitions(
        [this](Bytes offset, std::span<std::byte> out) -> Result<> {
          if (offset.n > image_.size() || out.size() > image_.size() - offset.n)
            return fail(Code::io, "beyond the end");
          std::copy_n(image_.begin() + static_cast<std::ptrdiff_t>(offset.n), out.size(), out.begin());
          return {};
        },
        Bytes(image_.size()));
  }
  std::vector<std::byte> image_ = std::vector<std::byte>(kSize);
};

TEST_F(UnitPartitions, NoneOnAnEmptyImageOrAFileSystem) {
  EXPECT_EQ(read(), std::vector<Partition>());
  put<std::uint16_t>(510, 0xaa55);  // a boot sector: code where the entries would be
  for (std::size_t at = 446; at < 510; ++at) put<std::uint8_t>(at, 0x37);
  EXPECT_EQ(read(), std::vector<Partition>());
  image_.resize(100);
  EXPECT_EQ(read(), std::vector<Partition>());
}

TEST_F(UnitPartitions, PcTableWithLogicalPartitions) {
  put_pc_entry(0, 0, 0x83, 64, 100);
  put_pc_entry(0, 2, 0x05, 1000, 3000);
  put_pc_entry(1000, 0, 0x8e, 8, 200);    // relative to this link
  put_pc_entry(1000, 1, 0x05, 500, 600);  // relative to the extended partition
  put_pc_entry(1500, 0, 0x83, 8, 300);
  std::vector<Partition> expected{{1, Bytes(64 * 512), Bytes(100 * 512)},
                                  {5, Bytes(1008 * 512), Bytes(200 * 512)},
                                  {6, Bytes(1508 * 512), Bytes(300 * 512)}};
  EXPECT_EQ(read(), expected);
  // A chain that bites its tail ends.
  put_pc_entry(1500, 1, 0x05, 0, 600);
  auto circle = read();
  ASSERT_TRUE(circle);
  EXPECT_LT(circle->size(), 1000u);
}

TEST_F(UnitPartitions, GuidTableOfBothSectorSizes) {
  put_pc_entry(0, 0, 0xee, 1, 0xffffffff);
  for (std::size_t sector : {512u, 4096u}) {
    std::fill(image_.begin() + 512, image_.end(), std::byte{0});
    put_gpt(sector, 2 * sector, sector);
    std::vector<Partition> expected{{1, Bytes(64 * sector), Bytes(64 * sector)},
                                    {3, Bytes(256 * sector), Bytes(256 * sector)}};
    EXPECT_EQ(read(), expected) << sector;
  }
}

TEST_F(UnitPartitions, ADamagedGuidTableIsReadFromItsCopy) {
  put_pc_entry(0, 0, 0xee, 1, 0xffffffff);
  put_gpt(512, 1024, 512);
  put_gpt(kSize - 512, kSize - 512 - 16384, 512);
  auto sound = read();
  ASSERT_TRUE(sound);
  ASSERT_EQ(sound->size(), 2u);
  put<std::uint8_t>(1024 + 33, 0xff);  // entries no longer as their checksum says
  EXPECT_EQ(read(), sound);
  put<std::uint8_t>(kSize - 512 + 40, 0xff);
  ASSERT_FALSE(read());
  EXPECT_EQ(read().error().code(), Code::corrupt);
}

// Counts, sizes and places that no table may have.
TEST_F(UnitPartitions, HostileGuidTables) {
  put_pc_entry(0, 0, 0xee, 1, 0xffffffff);
  for (auto [offset, value] : {std::pair<std::size_t, std::uint32_t>{80, 0},
                               {80, 0xffffffff},
                               {84, 0},
                               {84, 0xffffffff},
                               {72, 0xffffffff},
                               {12, 0xffffffff},
                               {12, 0}}) {
    put_gpt(512, 1024, 512);
    put<std::uint32_t>(512 + offset, value);
    put<std::uint32_t>(512 + 16, 0);
    put<std::uint32_t>(512 + 16, crc(512, 92));
    EXPECT_FALSE(read()) << offset << " " << value;
  }
}

}  // namespace
}  // namespace lvm::device
