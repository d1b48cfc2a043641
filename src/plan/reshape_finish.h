// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include "plan/context.h"

namespace lvm::plan {

// The text tells the kernel to begin a reshape.
bool begins_reshape(const model::Lv& lv);

// Reshapes whose start an interrupted command has committed: of raids that are up, where the kernel has begun them, and
// of `begun`, which are down and whose superblocks say so. Their text no longer tells the kernel to: a table with
// "delta_disks" that is loaded when it is done already would begin another one, and ruin the data. Nothing when there
// are none, or when the VG cannot be written.
Result<step::Plan> finish_reshape_starts(const Context& context, const world::VgView& view,
                                         std::span<const LvId> begun);

}  // namespace lvm::plan
