// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "step/plan.h"
#include "world/world.h"

namespace lvm::activate {

// The live devices as they will be once the steps are done. For plans about several volumes that share devices:
// what the first brings up is there for the second, and goes down with the last.
void foresee(world::World& world, const std::vector<step::Step>& steps);

}  // namespace lvm::activate
