// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/result.h"
#include "dm/user/user_engine.h"
#include "world/world.h"

namespace lvm::world {

// What the embedded engine is told of a PV of `vg` before tables name it. Code::corrupt when the VG's text puts extents
// of the PV over its label or its metadata: writes to a volume would destroy them, so nothing of it is mapped.
Result<dm::user::Backing> image_backing(const PvDevice& pv, const model::Vg& vg);

}  // namespace lvm::world
