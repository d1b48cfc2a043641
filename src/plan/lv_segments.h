// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "alloc/alloc.h"
#include "plan/context.h"

namespace lvm::plan {

struct GrowRequest {
  Extents extents;  // logical, to add
  std::uint32_t stripes = 1;
  Sectors stripe_size;
  bool approximate = false;
  std::vector<alloc::PvChoice> choices;
};

// What every allocation for this volume has: its policy (or another in place of that), and the configuration's rules.
alloc::Request allocation_request(const Context& context, const model::Vg& vg, const model::Lv& lv,
                                  std::optional<model::Allocation> policy = {});

// Adds `length` extents of each leg to the volume's end: linear for one leg, striped for several. Legs that continue
// the last segment make it longer instead.
void append_legs(model::Lv& lv, std::span<const alloc::Placement::Leg> legs, Extents length, Sectors stripe_size);

// Allocates and appends to the volume's segments.
Result<> grow_volume(const Context& context, const model::Vg& vg, const alloc::FreeMap& free,
                     const GrowRequest& request, model::Lv& lv);

// Cuts the volume down to `extents`, which must fall on a stripe boundary of the segment it hits.
void shrink_volume(model::Lv& lv, Extents extents);

}  // namespace lvm::plan
