// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "dm/status.h"
#include "plan/lv_resize.h"

// lvextend --use-policies: snapshots and pools grow when more of them is in use than the configuration allows.
namespace lvm::plan {

// The device whose status says how much is in use; empty for volumes that have no policy.
std::string policy_device(const model::Vg& vg, const model::Lv& lv);

// `status`: of that device; null when it is not live. An empty plan when nothing is to grow.
Result<step::Plan> lv_autoextend(const Context& context, const world::VgView& view, LvResizeRequest request,
                                 const dm::StatusBody* status);

}  // namespace lvm::plan
