// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "plan/context.h"

namespace lvm::plan {

struct VgReduceRequest {
  std::vector<PvId> pvs;
  bool all_unused = false;      // -a
  bool remove_missing = false;  // --removemissing
  bool force = false;  // with it: raids go on without what they have lost; the rest of the losses is seen to before
  bool mirrors_only = false;  // --mirrorsonly: partial LVs of other kinds stay
  bool yes = false;
};
// Who has lost something with PVs that are not there, but for mirrors; in the order of the text.
struct Losses {
  std::vector<LvId> raids;    // an image or its metadata: the raids, or what stands on them, go on with the others
  std::vector<LvId> volumes;  // cannot do without what they have lost: they go, and who stands on them
  std::vector<LvId> caches;   // pools, cache volumes and writecaches in use: their volumes can go on without them
};
Losses losses(const world::VgView& view);

// vgreduce. PVs that cannot go are failures of the plan; the others go.
Result<step::Plan> vg_reduce(const Context& context, const world::VgView& view, const VgReduceRequest& request);

}  // namespace lvm::plan
