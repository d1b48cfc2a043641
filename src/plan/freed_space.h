// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/config.h"
#include "step/plan.h"
#include "world/world.h"

namespace lvm::plan {

// With devices/issue_discards: behind all that the plan does, what its changes have freed on PVs is discarded. A plan
// that fails on its way, and is led back, has discarded nothing. What pvmove leaves is not discarded, nor is anything
// by vgcfgrestore: as LVM2.
void discard_freed(const config::Config& config, const world::World& world, step::Plan& plan);

}  // namespace lvm::plan
