// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "plan/context.h"
#include "step/plan.h"

// Which metadata areas of a VG take part (docs/formats/metadata-area.md, "Ignored areas").
namespace lvm::plan {

// An area of a PV of the VG: as it stands, or as a label that is about to be written has it.
using KnownArea = step::AreaUse;

// The areas of the VG's PVs that are here now. PVs without a device are left out.
std::vector<KnownArea> areas_of(const Context& context, const model::Vg& vg);
void add_areas(std::vector<KnownArea>& areas, PvId pv, const step::PvLayout& layout);

std::size_t areas_in_use(const std::vector<KnownArea>& areas);

// Metadata copies as --vgmetadatacopies gives them: 0 leaves the areas as they are, kAllCopies takes all
// into use.
inline constexpr std::uint32_t kAllCopies = 0xffffffff;

// What must change so that `copies` areas are in use, and at least one. The reference chooses at random;
// here PVs without an area in use come first, and areas go out of use from the last PV on.
std::vector<step::AreaUse> choose_area_use(std::vector<KnownArea> areas, std::uint32_t copies);

// Has the stage's WriteMetadata change them.
void set_area_use(step::Stage& stage, std::vector<step::AreaUse> area_use);

// "unmanaged" for 0.
std::string copies_text(std::uint32_t copies);

}  // namespace lvm::plan
