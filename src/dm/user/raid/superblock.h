// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/endian.h"
#include "base/result.h"

// What the kernel's raid target keeps at the start of each metadata device. Source: docs/formats/raid-metadata.md.
namespace lvm::dm::user {

inline constexpr std::uint32_t kRaidMagic = 0x64526D44;  // "DmRd"
inline constexpr std::uint64_t kRaidDone = ~std::uint64_t{0};
inline constexpr std::size_t kMostRaidImages = 253;

struct RaidSuperblockDisk {
  le32 magic;
  le32 compat_features;  // 1: all fields below are there
  le32 num_devices;
  le32 array_position;
  le64 events;
  le64 failed_devices;
  le64 disk_recovery_offset;
  le64 array_resync_offset;
  le32 level;
  le32 layout;
  le32 stripe_sectors;
  le32 flags;  // 1: reshape is under way, 2: it goes backwards
  le64 reshape_position;
  le32 new_level;
  le32 new_layout;
  le32 new_stripe_sectors;
  le32 delta_disks;
  le64 array_sectors;
  le64 data_offset;
  le64 new_data_offset;
  le64 sectors;
  std::array<le64, 3> extended_failed_devices;
  le32 incompat_features;
};
static_assert(sizeof(RaidSuperblockDisk) == 148 && offsetof(RaidSuperblockDisk, array_resync_offset) == 40 &&
              offsetof(RaidSuperblockDisk, flags) == 60 && offsetof(RaidSuperblockDisk, array_sectors) == 88 &&
              offsetof(RaidSuperblockDisk, incompat_features) == 144);

struct RaidSuperblock {
  std::uint32_t num_devices = 0, array_position = 0;
  std::uint64_t events = 0;
  std::array<std::uint64_t, 4> failed{};           // a bit for each slot
  std::uint64_t disk_recovery_offset = kRaidDone;  // sectors of this device; kRaidDone: in sync
  std::uint64_t array_resync_offset = kRaidDone;   // sectors of the set
  std::uint32_t level = 1, layout = 0, stripe_sectors = 0;
  bool reshaping = false;
  std::uint64_t array_sectors = 0, data_offset = 0, sectors = 0;
  friend bool operator==(const RaidSuperblock&, const RaidSuperblock&) = default;

  bool has_failed(std::uint32_t slot) const { return slot < 256 && (failed[slot / 64] >> (slot % 64) & 1) != 0; }
  void set_failed(std::uint32_t slot) { failed[slot / 64] |= std::uint64_t{1} << (slot % 64); }
};

// nullopt: there is none (no magic number). Features that are not known are an error.
Result<std::optional<RaidSuperblock>> unpack_raid_superblock(std::span<const std::byte> bytes);
// Fills `bytes`; what follows the superblock is zero. Never of a set that is being reshaped.
void pack_raid_superblock(const RaidSuperblock& superblock, std::span<std::byte> bytes);

// --- the write-intent bitmap, 4096 bytes behind the superblock ---

inline constexpr std::uint32_t kBitmapMagic = 0x6D746962;  // "bitm"
inline constexpr std::uint64_t kBitmapStart = 4096;        // byte of the metadata device
inline constexpr std::size_t kBitmapHeaderSize = 256;      // the bits follow

struct BitmapHeaderDisk {
  le32 magic;
  le32 version;
  std::array<std::uint8_t, 16> uuid;  // zero: sets of the device-mapper have none
  le64 events;
  le64 events_cleared;
  le64 sync_size;
  le32 state;
  le32 chunk_size;    // bytes of a bit
  le32 daemon_sleep;  // seconds
  le32 write_behind;
  le32 sectors_reserved;
  le32 nodes;
  std::array<std::uint8_t, 64> cluster_name;
  std::array<std::uint8_t, 120> padding;
};
static_assert(sizeof(BitmapHeaderDisk) == kBitmapHeaderSize && offsetof(BitmapHeaderDisk, sync_size) == 40 &&
              offsetof(BitmapHeaderDisk, cluster_name) == 72);

struct BitmapHeader {
  std::uint64_t events = 0, events_cleared = 0;
  std::uint64_t sync_size = 0;       // sectors
  bool stale = false;                // its bits say nothing
  std::uint32_t region_sectors = 0;  // a power of two
  std::uint32_t daemon_sleep = 5;    // seconds, at least 1
  std::uint32_t write_behind = 0;
  friend bool operator==(const BitmapHeader&, const BitmapHeader&) = default;
};

// nullopt: no bitmap that can be used.
std::optional<BitmapHeader> unpack_bitmap_header(std::span<const std::byte> bytes);
void pack_bitmap_header(const BitmapHeader& header, std::span<std::byte> bytes);

}  // namespace lvm::dm::user
