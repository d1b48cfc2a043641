// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "model/vg.h"
#include "world/world.h"

// Volumes that hang together: one lies on the other, so that neither can go to another VG alone.
namespace lvm::plan {

struct LvGroup {
  std::vector<std::size_t> lvs;  // positions in vg.lvs, in order
  std::vector<PvId> pvs;         // what they lie on, each once
};

// Every LV is in exactly one group; groups are in the order of their first LV.
std::vector<LvGroup> lv_groups(const model::Vg& vg);

bool has_active_lvs(const world::World& world, const model::Vg& vg);

}  // namespace lvm::plan
