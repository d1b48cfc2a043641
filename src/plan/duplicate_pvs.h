// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/result.h"
#include "config/config.h"
#include "step/plan.h"
#include "world/world.h"

namespace lvm::plan {

// Refuses a plan that changes a VG, or brings up volumes of one, of which a PV was found on several devices: the
// preferred one may be the wrong copy. As LVM2, unless devices/allow_changes_with_duplicate_pvs.
Result<> check_duplicates(const config::Config& config, const world::World& world, const step::Plan& plan);

}  // namespace lvm::plan
