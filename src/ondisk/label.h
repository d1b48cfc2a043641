// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/endian.h"
#include "base/result.h"

// The label: one sector among the first four of a device that says "this is a PV"
// (docs/formats/label.md). Invariants, checked before every write and after every read:
//  - id is "LABELONE", type is "LVM2 001";
//  - the sector number in the label is the sector it stands in, and is below 4;
//  - the checksum covers bytes 20..511 of the sector;
//  - the PV header begins at or after byte 32 and inside the sector.
namespace lvm::ondisk {

inline constexpr std::uint64_t kLabelSectors = 4;  // where a label may stand: sectors 0 to 3
inline constexpr std::size_t kLabelSectorSize = 512;
inline constexpr std::size_t kLabelScanSize = kLabelSectors * kLabelSectorSize;
inline constexpr std::uint64_t kDefaultLabelSector = 1;
inline constexpr std::uint32_t kPvHeaderOffset = 32;  // in the label sector, as every writer has it

struct LabelDisk {
  std::array<char, 8> id;
  le64 sector;
  le32 checksum;
  le32 header_offset;
  std::array<char, 8> type;
};
static_assert(sizeof(LabelDisk) == 32);
static_assert(offsetof(LabelDisk, sector) == 8);
static_assert(offsetof(LabelDisk, checksum) == 16);
static_assert(offsetof(LabelDisk, header_offset) == 20);
static_assert(offsetof(LabelDisk, type) == 24);

struct Label {
  std::uint64_t sector = kDefaultLabelSector;
  std::uint32_t header_offset = kPvHeaderOffset;
  friend bool operator==(const Label&, const Label&) = default;
};

// What the four sectors at the head of a device hold.
struct LabelScan {
  std::optional<Label> label;         // the first valid one wins
  std::vector<std::string> problems;  // sentences about sectors that look like labels but are not
};

// `head` is the start of the device; bytes behind the first 2048 are not looked at, and a head shorter
// than that (a tiny device) is searched as far as it goes.
LabelScan find_label(std::span<const std::byte> head);

// One sector as a label. `sector` is where it stood.
Result<Label> unpack_label(std::span<const std::byte> sector_bytes, std::uint64_t sector);

// Fills in the label's own fields and the checksum over what already stands behind them.
Result<> pack_label(const Label& label, std::span<std::byte> sector_bytes);

// The sectors that removing a label must zero: those which say LABELONE and carry their own number.
std::vector<std::uint64_t> sectors_to_clear(std::span<const std::byte> head);

}  // namespace lvm::ondisk
