// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/context.h"

namespace lvm::plan {

struct VgRestoreRequest {
  model::Vg vg;        // from the backup file
  bool force = false;  // also a VG with thin volumes
  bool yes = false;
};
// vgcfgrestore: the VG's PVs are found by id and get this metadata; `view` is the VG as it is now, if it
// is there.
Result<step::Plan> vg_restore(const Context& context, const world::VgView* view, const VgRestoreRequest& request);

}  // namespace lvm::plan
