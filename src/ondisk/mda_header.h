// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/endian.h"
#include "base/result.h"
#include "base/units.h"
#include "ondisk/area.h"

// The header of a metadata area: 512 bytes at its start that say where in the area the committed and
// the precommitted text stand (docs/formats/metadata-area.md). Invariants, checked before every write
// and after every read:
//  - checksum over bytes 4..511, magic, version 1;
//  - `start` is where the header stands on the device, the area has at least 512 bytes;
//  - a location in use has 512 <= offset < area size and 1 <= size <= area size - 512.
namespace lvm::ondisk {

inline constexpr Bytes kMdaHeaderSize{512};
inline constexpr std::uint32_t kMdaVersion = 1;
inline constexpr std::uint32_t kLocationIgnored = 1u << 0;

struct RawLocationDisk {
  le64 offset, size;
  le32 checksum, flags;
};
static_assert(sizeof(RawLocationDisk) == 24 && offsetof(RawLocationDisk, checksum) == 16);

struct MdaHeaderDisk {
  le32 checksum;
  std::array<char, 16> magic;
  le32 version;
  le64 start, size;
  std::array<RawLocationDisk, 2> slots;  // 0 committed, 1 precommitted
  std::array<std::byte, 424> zero;       // no writer has ever used a third slot
};
static_assert(sizeof(MdaHeaderDisk) == 512);
static_assert(offsetof(MdaHeaderDisk, magic) == 4);
static_assert(offsetof(MdaHeaderDisk, version) == 20);
static_assert(offsetof(MdaHeaderDisk, start) == 24);
static_assert(offsetof(MdaHeaderDisk, size) == 32);
static_assert(offsetof(MdaHeaderDisk, slots) == 40);

// Where a text stands. The offset is relative to the start of the area; the size counts the final NUL.
struct TextLocation {
  Bytes offset, size;
  std::uint32_t checksum = 0;
  bool empty() const { return size.n == 0; }
  friend bool operator==(const TextLocation&, const TextLocation&) = default;
};

struct MdaHeader {
  DiskArea area;  // of the device, this header included
  TextLocation committed, precommitted;
  bool ignored = false;  // the area exists but takes no part
  friend bool operator==(const MdaHeader&, const MdaHeader&) = default;
};

// `expected` is the area as the PV header lists it: the header must stand there and not claim more.
// A precommitted location that makes no sense is dropped, since ordinary reads ignore it anyway.
Result<MdaHeader> unpack_mda_header(std::span<const std::byte> bytes, const DiskArea& expected);

using MdaHeaderBytes = std::array<std::byte, 512>;
Result<MdaHeaderBytes> pack_mda_header(const MdaHeader& header);

// "offset 512 is beyond ..." or an empty text when a location lies inside an area of that size.
std::string location_problem(const TextLocation& location, Bytes area_size);

}  // namespace lvm::ondisk
