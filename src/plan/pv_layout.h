// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "step/plan.h"
#include "world/world.h"

namespace lvm::plan {

// The layout of a PV as it stands on its device: what WriteLabel needs to write it again.
step::PvLayout layout_of(const world::PvDevice& device);

// The step that turns a PV which left its VG into an orphan: areas emptied, USED cleared.
step::WriteLabel orphan_label(const world::PvDevice& device);

}  // namespace lvm::plan
