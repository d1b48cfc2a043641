// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "model/vg.h"
#include "world/world.h"

namespace lvm::plan::convert {

// Whether all images of a live raid or mirror are equal; none when the kernel does not say.
std::optional<bool> in_sync(const world::World& world, const model::Vg& vg, const model::Lv& lv);

}  // namespace lvm::plan::convert
