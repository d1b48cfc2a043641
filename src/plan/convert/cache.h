// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

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
};
Result<step::Plan> attach_writecache_volume(const Context& context, const world::VgView& view,
                                            const WritecacheRequest& request);

// --splitcache and --uncache: what only the cache has is written back, the cache goes. It stays as an unused one, or
// is removed.
Result<step::Plan> detach_cache(const Context& context, const world::VgView& view, LvId lv, bool remove);

}  // namespace lvm::plan::convert
