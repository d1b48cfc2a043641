// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/stages.h"
#include "plan/volume_size.h"

namespace lvm::plan::convert {

struct RepairPoolRequest {
  LvId lv;
  std::vector<PvArgument> pvs;  // for a new spare
  bool spare = true;            // --poolmetadataspare
};

// What can be read of the metadata of a thin pool or a cache pool is written to the spare, which takes its place. The
// old metadata stays as a volume of its own; a new spare is made.
Result<step::Plan> repair_pool(const Context& context, const world::VgView& view, const RepairPoolRequest& request);

}  // namespace lvm::plan::convert
