// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "plan/context.h"

namespace lvm::plan {

struct VgReduceRequest {
  std::vector<PvId> pvs;
  bool all_unused = false;      // -a
  bool remove_missing = false;  // --removemissing
  bool force = false;           // with it: partial LVs go too, raids go on without what they have lost
  bool mirrors_only = false;    // --mirrorsonly: no other partial LVs than those
  bool yes = false;
};
// vgreduce. PVs that cannot go are failures of the plan; the others go.
Result<step::Plan> vg_reduce(const Context& context, const world::VgView& view, const VgReduceRequest& request);

}  // namespace lvm::plan
