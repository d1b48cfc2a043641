// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/session.h"
#include "plan/block_sizes.h"

namespace lvm::cli {

// What the VG's devices say of their sizes.
plan::BlockFacts device_blocks(Session& session, const world::VgView& view);

// The same, and what the volume carries. One that is not active comes up for that, and goes down again: whoever calls
// this finds its VG anew in the world.
Result<plan::BlockFacts> volume_blocks(Session& session, VgId vg, LvId lv);

}  // namespace lvm::cli
