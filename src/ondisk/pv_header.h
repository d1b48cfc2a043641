// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/endian.h"
#include "base/id.h"
#include "base/result.h"
#include "ondisk/area.h"
#include "ondisk/label.h"

// The PV header: who the PV is and where its areas lie (docs/formats/label.md). It fills the label
// sector from byte 32. Invariants, checked before every write and after every read:
//  - the id is 32 valid characters;
//  - at least one data area, the list ended by an all-zero entry;
//  - at most two metadata areas, each of at least 512 bytes, not wrapping past 64 bits;
//  - at most one boot loader area;
//  - everything ends inside the sector.
namespace lvm::ondisk {

inline constexpr std::uint32_t kExtensionVersion = 2;  // the version every write leaves behind
inline constexpr std::uint32_t kExtensionUsed = 1u << 0;
inline constexpr std::size_t kMaxMetadataAreas = 2;
inline constexpr std::size_t kMaxBootAreas = 1;

struct DiskAreaDisk {
  le64 start, size;
};
static_assert(sizeof(DiskAreaDisk) == 16);

struct PvHeaderDisk {
  std::array<char, 32> id;
  le64 device_size;
  // then lists of DiskAreaDisk
};
static_assert(sizeof(PvHeaderDisk) == 40 && offsetof(PvHeaderDisk, device_size) == 32);

struct PvExtensionDisk {
  le32 version, flags;
  // then a list of DiskAreaDisk
};
static_assert(sizeof(PvExtensionDisk) == 8 && offsetof(PvExtensionDisk, flags) == 4);

struct PvHeader {
  PvId id;
  Bytes device_size;
  std::vector<DiskArea> data_areas;                     // one, of size 0, in all that is written today
  std::vector<DiskArea> metadata_areas;                 // first at the start of the device, second at its end
  std::uint32_t extension_version = kExtensionVersion;  // 0: none, 1: boot areas only, 2: flags too
  std::uint32_t extension_flags = 0;
  std::vector<DiskArea> boot_areas;
  std::vector<std::byte> newer;  // what an extension of a newer version has behind the lists we know

  bool used() const { return extension_version >= 2 && (extension_flags & kExtensionUsed) != 0; }
  // Marks the PV as belonging to a VG, or not; raises an old extension version.
  void set_used(bool used);
  Bytes data_start() const { return data_areas.empty() ? Bytes() : data_areas.front().start; }
  friend bool operator==(const PvHeader&, const PvHeader&) = default;
};

// `bytes` is from the start of the header to the end of the label sector.
Result<PvHeader> unpack_pv_header(std::span<const std::byte> bytes);

// Fills `bytes`, to its end, with zeros behind the header.
Result<> pack_pv_header(const PvHeader& header, std::span<std::byte> bytes);

using LabelSector = std::array<std::byte, kLabelSectorSize>;

// A whole label sector: label, PV header, checksum. Reads itself back as a check.
Result<LabelSector> make_label_sector(const Label& label, const PvHeader& header);

// The PV header behind a label found in `head`.
Result<PvHeader> read_pv_header(std::span<const std::byte> head, const Label& label);

}  // namespace lvm::ondisk
