// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "plan/context.h"

// What lvconvert does with thin volumes and pools.
namespace lvm::plan::convert {

// --merge of a thin snapshot: its content becomes that of its origin, at once when neither is in use; else when the
// origin comes up next.
Result<step::Plan> merge_thin(const Context& context, const world::VgView& view, LvId snapshot);

// Thin snapshots that are to replace this volume and can now, as nobody uses it.
std::vector<LvId> put_off_thin_merges(const world::World& world, const model::Vg& vg, LvId origin);

// --type thin: the volume becomes a thin one in the pool, which reads the former volume, from now on read-only and
// named `origin_name` (empty: the next free lvolN), where it has nothing of its own.
struct ThinRequest {
  LvId lv;
  std::string pool, origin_name;
};
Result<step::Plan> to_thin(const Context& context, const world::VgView& view, const ThinRequest& request);

// --swapmetadata: the pool's metadata and the volume named change places.
Result<step::Plan> swap_metadata(const Context& context, const world::VgView& view, LvId pool,
                                 const std::string& metadata);

}  // namespace lvm::plan::convert
