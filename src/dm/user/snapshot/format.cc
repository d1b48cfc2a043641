// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/snapshot/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace lvm::dm::user {

bool is_chunk_size(Sectors chunk) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 15;
  return is_power_of_two(chunk.n) && chunk.n <= kMost;
}

Result<std::optional<SnapshotHeader>> unpack_snapshot_header(std::span<const std::byte> bytes) {
  if (bytes.size() < kSnapshotHeaderSize) return fail(Code::corrupt, "A snapshot header was cut short.");
  SnapshotHeaderDisk disk;
  std::memcpy(&disk, bytes.data(), sizeof disk);
  if (disk.magic.get() == 0) return std::nullopt;
  if (disk.magic.get() != kSnapshotMagic)
    return fail(Code::corrupt,
                fmt::format("This is no snapshot store: its magic number is 0x{:08x}.", disk.magic.get()));
  if (disk.version.get() != kSnapshotVersion)
    return fail(Code::unsupported,
                fmt::format("Snapshot store of version {}: only version 1 is known.", disk.version.get()));
  SnapshotHeader header{disk.valid.get() != 0, Sectors(disk.chunk_sectors.get())};
  if (!is_chunk_size(header.chunk))
    return fail(Code::corrupt, fmt::format("Snapshot store with a chunk size of {} sectors.", header.chunk.n));
  return header;
}

void pack_snapshot_header(const SnapshotHeader& header, std::span<std::byte> bytes) {
  CHECK(bytes.size() >= kSnapshotHeaderSize && is_chunk_size(header.chunk));
  SnapshotHeaderDisk disk{le32(kSnapshotMagic), le32(header.valid ? 1 : 0), le32(kSnapshotVersion),
                          le32(static_cast<std::uint32_t>(header.chunk.n))};
  std::ranges::fill(bytes, std::byte{0});
  std::memcpy(bytes.data(), &disk, sizeof disk);
}

Exception unpack_exception(std::span<const std::byte> area, std::uint64_t index) {
  CHECK((index + 1) * sizeof(ExceptionDisk) <= area.size());
  ExceptionDisk disk;
  std::memcpy(&disk, area.data() + index * sizeof disk, sizeof disk);
  return {disk.old_chunk.get(), disk.new_chunk.get()};
}

void pack_exception(const Exception& exception, std::span<std::byte> area, std::uint64_t index) {
  CHECK((index + 1) * sizeof(ExceptionDisk) <= area.size());
  ExceptionDisk disk{le64(exception.old_chunk), le64(exception.new_chunk)};
  std::memcpy(area.data() + index * sizeof disk, &disk, sizeof disk);
}

}  // namespace lvm::dm::user
