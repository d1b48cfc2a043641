// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/context.h"

namespace lvm::plan {

// vgck: what makes a VG inconsistent beyond what reading it has said already.
Result<> vg_check(const world::VgView& view);

// vgck --updatemetadata: the VG is written anew, in place of old, differing and damaged copies. PVs that are gone
// are written down as missing, PVs that the VG no longer has are set free.
Result<step::Plan> vg_update_metadata(const Context& context, const world::VgView& view);

}  // namespace lvm::plan
