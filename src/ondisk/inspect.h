// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/units.h"
#include "ondisk/area.h"
#include "ondisk/mda_header.h"

// What stands in the headers of a PV, field by field, sound or not: pvck. Nothing here trusts what it reads;
// unpack() of the formats does the same checks at once and gives up at the first that fails.
namespace lvm::ondisk {

// A line about a field, or about what is wrong with one. `check` lines are shown even without a dump.
struct Remark {
  enum class Kind : std::uint8_t { field, check, warning } kind = Kind::field;
  std::string text;  // check: "label_header.sector expected 1", without its "CHECK: "
  friend bool operator==(const Remark&, const Remark&) = default;
};

struct SectorFindings {
  std::vector<Remark> remarks;
  bool labelled = false;  // says LABELONE and LVM2 001
  bool sound = false;     // nothing to remark on
  std::string pv_id;      // 32 characters, '?' for those that are none
  bool pv_id_valid = false;
  Bytes device_size, data_start;
  std::vector<DiskArea> metadata_areas;
};
// `sector_bytes` is the label sector, at byte `at` of the device; `expected_sector` is its number.
SectorFindings inspect_label_sector(std::span<const std::byte> sector_bytes, Bytes at, std::uint64_t expected_sector);

struct HeaderFindings {
  std::vector<Remark> remarks;
  bool sound = false;
  TextLocation committed;
  bool ignored = false;
};
// "mda_header_1": the first metadata area stands at byte 4096, any other is the second.
std::string mda_header_name(Bytes start);
// The header of the area that the PV header has at `expected`.
HeaderFindings inspect_mda_header(std::span<const std::byte> bytes, const DiskArea& expected);

// The label sector with its label's own fields as they must be, and the rest as it stands.
std::vector<std::byte> with_label_fields(std::span<const std::byte> sector_bytes, std::uint64_t sector);
std::uint32_t label_checksum(std::span<const std::byte> sector_bytes);

}  // namespace lvm::ondisk
