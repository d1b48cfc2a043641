// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/create/draft.h"
#include "plan/pool_sizes.h"

// What making thin pools and cache pools has in common: data and metadata side by side, a spare, metadata that is
// empty.
namespace lvm::plan::create {

// How one kind of pool is made.
struct PoolPlan {
  model::Role data, metadata;
  // Chunk size and metadata for so many extents of data.
  Result<PoolSizes> (*sizes)(const Context& context, const model::Vg& vg, Extents data, const PoolOptions& options);
  // Refusals and notes once the sizes are known; may be null.
  Result<> (*check)(const Draft& draft, Extents data, const PoolSizes& sizes);
  // Metadata lies in front of the data, on the same PV; else on a PV of its own where there is one.
  bool beside_data;
  // The pool's segment, when data and metadata have theirs.
  model::SegmentBody (*body)(const Draft& draft, LvId data, LvId metadata, Sectors chunk);
};

// Begins the draft of a pool with the name that the request has for it.
Result<Draft> begin_pool(const Context& context, const world::VgView& view, const LvCreateRequest& request);

// Gives the draft's LV its parts, and adds the stages up to where they are wiped: the draft's VG is then to be
// committed.
Result<> make_pool(Draft& draft, const PoolPlan& plan, Stages& stages);

}  // namespace lvm::plan::create
