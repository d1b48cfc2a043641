// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ondisk/inspect.h"
#include "plan/context.h"

// pvck --repair: the headers of a PV made anew from what its VG's metadata says of it.
namespace lvm::plan {

// --settings of pvck: what the user knows better.
struct PvSettings {
  std::optional<std::uint64_t> mda_num;
  std::optional<Bytes> metadata_offset;
  std::optional<Bytes> mda_offset, mda_size, mda2_offset, mda2_size;
  std::optional<Bytes> device_size, data_offset;
  std::optional<PvId> pv_id;
};

// A PV as it stands: its label sector, and where headers of metadata areas were found without its help.
struct DamagedPv {
  device::Device device;
  std::uint64_t label_sector = 1;
  std::vector<std::byte> sector;
  ondisk::SectorFindings findings;
  std::vector<ondisk::DiskArea> areas_found;  // first and second, when the PV header lists none
};

// A text to write, and the VG that it describes. `text` is without the final NUL.
struct RepairText {
  std::string text;
  model::Vg vg;
};

// The sector of label and PV header. `vg` is null when the settings say all. Questions are in the plan.
Result<step::Plan> repair_pv_header(const DamagedPv& pv, const PvSettings& settings, const model::Vg* vg);
// The label's own fields alone.
Result<step::Plan> repair_label(const DamagedPv& pv);
// The text and the header of each metadata area in `areas`.
Result<step::Plan> repair_metadata(const DamagedPv& pv, const std::vector<ondisk::DiskArea>& areas,
                                   const PvSettings& settings, const RepairText& text);
// The metadata areas that the PV will have once its header is repaired.
Result<std::vector<ondisk::DiskArea>> repaired_areas(const DamagedPv& pv, const PvSettings& settings,
                                                     const model::Vg* vg);

}  // namespace lvm::plan
