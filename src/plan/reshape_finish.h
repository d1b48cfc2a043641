// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/context.h"

namespace lvm::plan {

// Reshapes whose start an interrupted command has committed, of raids that are up: the kernel has begun them, so their
// text no longer tells it to. A table with "delta_disks" that is loaded when the kernel is done already would begin
// another one, and ruin the data. Nothing when there are none, or when the VG cannot be written.
Result<step::Plan> finish_reshape_starts(const Context& context, const world::VgView& view);

}  // namespace lvm::plan
