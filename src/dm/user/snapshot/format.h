// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/endian.h"
#include "base/result.h"
#include "base/units.h"

// The kernel's persistent exception store, on a COW device: chunk 0 is the header; then, over and over, an area
// of entries (one chunk) and as many chunks of data as it has entries. Source: docs/formats/exception-store.md.
namespace lvm::dm::user {

inline constexpr std::uint32_t kSnapshotMagic = 0x70416E53;  // "SnAp"
inline constexpr std::uint32_t kSnapshotVersion = 1;

struct SnapshotHeaderDisk {
  le32 magic;
  le32 valid;
  le32 version;
  le32 chunk_sectors;
};
static_assert(sizeof(SnapshotHeaderDisk) == 16 && offsetof(SnapshotHeaderDisk, chunk_sectors) == 12);

struct ExceptionDisk {
  le64 old_chunk;  // in the origin
  le64 new_chunk;  // in the COW device; 0 ends the list
};
static_assert(sizeof(ExceptionDisk) == 16);

struct SnapshotHeader {
  bool valid = true;
  Sectors chunk;
  friend bool operator==(const SnapshotHeader&, const SnapshotHeader&) = default;
};

inline constexpr std::size_t kSnapshotHeaderSize = sizeof(SnapshotHeaderDisk);

// A chunk size that this engine and the kernel work with: a power of two, up to 16 MiB.
bool is_chunk_size(Sectors chunk);

// nullopt: an empty store (magic 0), to be written anew.
Result<std::optional<SnapshotHeader>> unpack_snapshot_header(std::span<const std::byte> bytes);
// Fills a chunk's first bytes; the rest of the chunk is to be zero.
void pack_snapshot_header(const SnapshotHeader& header, std::span<std::byte> bytes);

struct Exception {
  std::uint64_t old_chunk = 0, new_chunk = 0;
  friend bool operator==(const Exception&, const Exception&) = default;
};
Exception unpack_exception(std::span<const std::byte> area, std::uint64_t index);
void pack_exception(const Exception& exception, std::span<std::byte> area, std::uint64_t index);

// Where things are, for one chunk size.
struct SnapshotLayout {
  Sectors chunk;
  std::uint64_t entries() const { return to_bytes(chunk).n / sizeof(ExceptionDisk); }  // of an area
  std::uint64_t area_chunk(std::uint64_t area) const { return 1 + (entries() + 1) * area; }
  bool is_area(std::uint64_t number) const { return number % (entries() + 1) == 1; }
  Bytes at(std::uint64_t number) const { return to_bytes(chunk) * number; }
};

}  // namespace lvm::dm::user
