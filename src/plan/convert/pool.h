// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "plan/block_sizes.h"
#include "plan/pool_options.h"
#include "plan/stages.h"

// Volumes become pools: one is the data, another, or a new one, the metadata.
namespace lvm::plan::convert {

struct PoolRequest {
  LvId data;
  std::string metadata;  // the volume to use; empty: a new one
  PoolOptions pool;
  CacheOptions cache;
  bool zero_metadata = true;  // else it is taken for that of an earlier pool
  BlockFacts blocks;          // of a thin pool
};

Result<step::Plan> to_thin_pool(const Context& context, const world::VgView& view, const PoolRequest& request);
Result<step::Plan> to_cache_pool(const Context& context, const world::VgView& view, const PoolRequest& request);

// The same as the first stages of something larger; returns the pool.
Result<LvId> add_cache_pool(Stages& stages, const PoolRequest& request);

}  // namespace lvm::plan::convert
