// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "plan/block_sizes.h"
#include "plan/convert/pool.h"

// What lvconvert does with caches.
namespace lvm::plan::convert {

// A cache pool, or a volume that is made one first, in front of a volume.
struct CacheRequest {
  LvId lv;
  std::string cache;  // the pool or the volume
  PoolRequest pool;   // how a volume becomes a pool
  bool zero_metadata = true;
};
Result<step::Plan> attach_pool(const Context& context, const world::VgView& view, const CacheRequest& request);
// A volume that holds metadata and data of the cache.
Result<step::Plan> attach_volume(const Context& context, const world::VgView& view, const CacheRequest& request);

struct WritecacheRequest {
  LvId lv;
  std::string cache;
  CacheOptions options;
  BlockFacts blocks;
};
// What can be refused before the volume is looked at.
Result<> check_writecache(const Context& context, const world::VgView& view, const WritecacheRequest& request);
Result<step::Plan> attach_writecache_volume(const Context& context, const world::VgView& view,
                                            const WritecacheRequest& request);

// --splitcache and --uncache: what only the cache has is written back, the cache goes. It stays as an unused one, or
// is removed. Where the cache has lost PVs, nothing is written back; what only it had is lost: that takes `force`.
struct DetachRequest {
  LvId lv;  // the volume, or its cache
  bool remove = false, force = false;
  bool only_cache = false;  // who asks speaks of the cache alone, by the name that it has in use
};
Result<step::Plan> detach_cache(const Context& context, const world::VgView& view, const DetachRequest& request);

// Of a cache pool, cache volume or writecache in use, the volume it caches; none for others.
LvId cached_by(const model::Vg& vg, LvId cache);

}  // namespace lvm::plan::convert
