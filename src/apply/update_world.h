// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "commit/commit.h"
#include "step/plan.h"
#include "world/world.h"

namespace lvm::apply {

// What a committed stage means for the World: the VG's view is replaced, added or removed.
void update_vg(world::World& world, const commit::Devices& devices, const step::Stage& stage);
// A device that became a PV, or ceased to be one.
void update_label(world::World& world, const world::PvDevice& device);
void remove_label(world::World& world, const device::Device& device);

}  // namespace lvm::apply
