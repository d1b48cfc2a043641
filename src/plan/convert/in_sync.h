// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "dm/status.h"
#include "model/vg.h"
#include "world/world.h"

namespace lvm::plan::convert {

// Whether all images of a live raid or mirror are equal; none when the kernel does not say.
std::optional<bool> in_sync(const world::World& world, const model::Vg& vg, const model::Lv& lv);
// The same of a raid, from what the kernel says.
bool in_sync(const model::Vg& vg, const model::Lv& lv, const dm::RaidStatus& status);
// What the kernel says of a raid, when that was asked for; else null.
const dm::RaidStatus* raid_status(const world::World& world, const model::Vg& vg, const model::Lv& lv);

}  // namespace lvm::plan::convert
