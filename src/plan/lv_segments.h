// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

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

// Allocates and appends to the volume's segments; a placement that continues the last segment makes it
// longer instead.
Result<> grow_volume(const Context& context, const model::Vg& vg, const alloc::FreeMap& free,
                     const GrowRequest& request, model::Lv& lv);

// Cuts the volume down to `extents`, which must fall on a stripe boundary of the segment it hits.
void shrink_volume(model::Lv& lv, Extents extents);

}  // namespace lvm::plan
