// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include "plan/lv_segments.h"
#include "plan/volume_size.h"

// The images of a raid or mirror grow and shrink alike. Those of a raid may keep space that a reshape moves the data
// into: the same number of extents behind the data of each image, or in front of it. It counts as part of the set.
namespace lvm::plan {

std::vector<LvId> images_of(const model::Lv& lv);
// The LV that an image's extents belong to: itself, or what lies below its checksums.
LvId extents_of_image(const model::Vg& vg, LvId image);
// Where the images end, leg by leg; none when one does not lie on PVs.
std::optional<alloc::Previous> ends_of(const model::Vg& vg, const std::vector<LvId>& images);

struct ImageGrowth {
  Extents extents;  // logical, to add
  std::optional<model::Allocation> allocation;
  bool approximate = false;
  std::vector<alloc::PvChoice> choices;
};
// Allocates and appends to every image of `lv` in `vg`. The set itself is left as it is: the extents added to each
// image are returned.
Result<Extents> grow_images(const Context& context, model::Vg& vg, const model::Lv& lv, const alloc::FreeMap& free,
                            const ImageGrowth& growth);

// --- space for reshaping --------------------------------------------------------------------------
// Of each image, now.
Extents reshape_space(const model::Lv& lv);
// What a reshape to stripes of this size needs on each image.
Extents reshape_space_needed(const model::Vg& vg, Sectors stripe_size);
// Adds it behind the data, on PVs that allow it.
Result<> add_reshape_space(const Context& context, model::Vg& vg, LvId lv, Extents space);
// Puts it to the other end: the extents change their order, no data moves.
void move_reshape_space_to_front(model::Vg& vg, LvId lv);
void move_reshape_space_to_end(model::Vg& vg, LvId lv);
// Writes down how much each image keeps, which they have already.
void set_reshape_space(model::Vg& vg, LvId lv, Extents space);
// Gives it up, and what the LV says of it; it must be behind the data.
void drop_reshape_space(model::Vg& vg, LvId lv);

// Behind the start of a reshape: the text no longer says what the kernel was told once, only what it must go on with.
void settle_reshape(model::Vg& vg, LvId lv);

}  // namespace lvm::plan
