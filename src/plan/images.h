// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "alloc/alloc.h"
#include "plan/lv_segments.h"
#include "plan/stages.h"

// Images of raids and mirrors, and the small LVs that keep what is in sync: sizes, names, extents, first contents.
namespace lvm::plan {

// A hidden LV that belongs to `whole`, named after it by its role. `whole` is copied from: it may be in the VG that
// the part is added to.
model::Lv new_part(const Context& context, const model::Lv& whole, model::Role role, std::uint32_t number);

// Some extent of the volume is on the PV.
bool lies_on(const model::Vg& vg, const model::Lv& lv, PvId pv);
// The same of a PV that is not there.
bool misses_pv(const world::VgView& view, const model::Lv& lv);

// The LV of an image of a raid or mirror.
LvId image_of(const model::Lv& lv, std::size_t index);

// --- sizes ----------------------------------------------------------------------------------------
// The region size for images of `size`: what is asked for, or the configured default, halved until it is no larger
// than the volume and doubled until the kernel's bitmap can hold it.
Sectors region_size_for(const Context& context, std::optional<Sectors> wanted, bool mirror, Sectors size);
// Of the metadata beside each raid image.
Extents raid_metadata_extents(const model::Vg& vg, Extents image, Sectors region_size);
// Of a mirror's log.
Extents mirror_log_extents(const model::Vg& vg, Extents image, Sectors region_size);

// --- a mirror's log -------------------------------------------------------------------------------
// How often --mirrorlog has it on disk: "core" not at all, "disk" (or nothing) once, "mirrored" twice, where
// global/support_mirrored_mirror_log allows that.
Result<std::uint32_t> mirror_log_copies(const Context& context, std::string_view word);
// Puts the log's LV (new_part()) on these legs and into the VG. Several legs: it is a mirror itself, whose own log is
// in memory.
LvId add_mirror_log(const Context& context, model::Vg& vg, model::Lv log, std::span<const alloc::Placement::Leg> legs,
                    Extents length);

// --- first contents -------------------------------------------------------------------------------
// Commits `vg`, in which the LVs `parts` are visible volumes, and writes their starts; the next commit hides them. If
// that fails the VG goes back to what it was.
struct Clearing {
  bool in_sync = false;  // a mirror's log that says so
  bool log = false;      // of a mirror
};
Result<> clear_parts(Stages& stages, model::Vg vg, std::span<const LvId> parts, Clearing clearing = {});
// The same of parts that are visible volumes already: nothing is committed.
Result<> clear_volumes(Stages& stages, std::span<const LvId> parts);

}  // namespace lvm::plan
