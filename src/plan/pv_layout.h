// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/context.h"
#include "plan/pv_create.h"
#include "step/plan.h"
#include "world/world.h"

namespace lvm::plan {

// Where label, metadata areas, boot loader area and data of a new PV lie (docs/formats/label.md).
// Fails when the device is too small for them.
Result<step::PvLayout> new_layout(const Context& context, const PvCandidate& candidate, const PvCreateOptions& options);

// The layout of a PV as it stands on its device: what WriteLabel needs to write it again.
step::PvLayout layout_of(const world::PvDevice& device);

// Extents of `extent_size` that fit between the data start and the second metadata area or the end.
Extents pe_count(const step::PvLayout& layout, Sectors extent_size);

}  // namespace lvm::plan
