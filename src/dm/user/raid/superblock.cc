// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/raid/superblock.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/units.h"

namespace lvm::dm::user {

Result<std::optional<RaidSuperblock>> unpack_raid_superblock(std::span<const std::byte> bytes) {
  RaidSuperblockDisk disk;
  if (bytes.size() < sizeof disk) return fail(Code::corrupt, "A RAID superblock was cut short.");
  std::memcpy(&disk, bytes.data(), sizeof disk);
  if (disk.magic.get() != kRaidMagic) return std::nullopt;
  if (disk.compat_features.get() > 1)
    return fail(Code::unsupported,
                fmt::format("RAID superblock with unknown features (0x{:x}).", disk.compat_features.get()));
  RaidSuperblock value;
  value.num_devices = disk.num_devices.get();
  value.array_position = disk.array_position.get();
  value.events = disk.events.get();
  value.failed[0] = disk.failed_devices.get();
  value.disk_recovery_offset = disk.disk_recovery_offset.get();
  value.array_resync_offset = disk.array_resync_offset.get();
  value.level = disk.level.get();
  value.layout = disk.layout.get();
  value.stripe_sectors = disk.stripe_sectors.get();
  if (disk.compat_features.get() == 1) {
    if (disk.incompat_features.get() != 0)
      return fail(Code::unsupported,
                  fmt::format("RAID superblock with unknown features (0x{:x}).", disk.incompat_features.get()));
    value.reshaping = (disk.flags.get() & 1) != 0 || disk.delta_disks.get() != 0;
    value.array_sectors = disk.array_sectors.get();
    value.data_offset = disk.data_offset.get();
    value.sectors = disk.sectors.get();
    for (std::size_t i = 0; i < 3; ++i) value.failed[i + 1] = disk.extended_failed_devices[i].get();
  }
  if (value.num_devices == 0 || value.num_devices > kMostRaidImages || value.array_position >= value.num_devices)
    return fail(Code::corrupt,
                fmt::format("RAID superblock of image {} of {}.", value.array_position, value.num_devices));
  return value;
}

void pack_raid_superblock(const RaidSuperblock& value, std::span<std::byte> bytes) {
  CHECK(bytes.size() >= sizeof(RaidSuperblockDisk) && !value.reshaping);
  RaidSuperblockDisk disk{};
  disk.magic.set(kRaidMagic);
  disk.compat_features.set(1);
  disk.num_devices.set(value.num_devices);
  disk.array_position.set(value.array_position);
  disk.events.set(value.events);
  disk.failed_devices.set(value.failed[0]);
  disk.disk_recovery_offset.set(value.disk_recovery_offset);
  disk.array_resync_offset.set(value.array_resync_offset);
  disk.level.set(value.level);
  disk.layout.set(value.layout);
  disk.stripe_sectors.set(value.stripe_sectors);
  disk.reshape_position.set(kRaidDone);
  disk.new_level.set(value.level);
  disk.new_layout.set(value.layout);
  disk.new_stripe_sectors.set(value.stripe_sectors);
  disk.array_sectors.set(value.array_sectors);
  disk.data_offset.set(value.data_offset);
  disk.new_data_offset.set(value.data_offset);
  disk.sectors.set(value.sectors);
  for (std::size_t i = 0; i < 3; ++i) disk.extended_failed_devices[i].set(value.failed[i + 1]);
  std::ranges::fill(bytes, std::byte{0});
  std::memcpy(bytes.data(), &disk, sizeof disk);
}

namespace {

constexpr std::uint32_t kOldestBitmap = 3, kBitmapVersion = 4, kNewestBitmap = 5;
constexpr std::uint32_t kStale = 2;

}  // namespace

std::optional<BitmapHeader> unpack_bitmap_header(std::span<const std::byte> bytes) {
  BitmapHeaderDisk disk;
  if (bytes.size() < sizeof disk) return std::nullopt;
  std::memcpy(&disk, bytes.data(), sizeof disk);
  const auto sectors = disk.chunk_size.get() / kSectorSize;
  if (disk.magic.get() != kBitmapMagic || disk.version.get() < kOldestBitmap || disk.version.get() > kNewestBitmap ||
      !is_power_of_two(disk.chunk_size.get()) || sectors == 0)
    return std::nullopt;
  if (std::ranges::any_of(disk.uuid, [](auto byte) { return byte != 0; })) return std::nullopt;
  return BitmapHeader{disk.events.get(),
                      disk.events_cleared.get(),
                      disk.sync_size.get(),
                      (disk.state.get() & kStale) != 0,
                      static_cast<std::uint32_t>(sectors),
                      disk.daemon_sleep.get(),
                      disk.write_behind.get()};
}

void pack_bitmap_header(const BitmapHeader& header, std::span<std::byte> bytes) {
  // The kernel takes no bitmap without a pause.
  CHECK(bytes.size() >= kBitmapHeaderSize && header.daemon_sleep >= 1 && is_power_of_two(header.region_sectors));
  BitmapHeaderDisk disk{};
  disk.magic.set(kBitmapMagic);
  disk.version.set(kBitmapVersion);
  disk.events.set(header.events);
  disk.events_cleared.set(header.events_cleared);
  disk.sync_size.set(header.sync_size);
  disk.state.set(header.stale ? kStale : 0);
  disk.chunk_size.set(static_cast<std::uint32_t>(header.region_sectors * kSectorSize));
  disk.daemon_sleep.set(header.daemon_sleep);
  disk.write_behind.set(header.write_behind);
  std::memcpy(bytes.data(), &disk, sizeof disk);
}

}  // namespace lvm::dm::user
