// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/block_sizes.h"
#include "plan/pool_options.h"
#include "plan/stages.h"

// Caches are put in front of volumes: a pool made for it, or any volume.
namespace lvm::plan {

// The settings of a cache that is put to use: as they are, with what the user asks for, and else with what the
// configuration says.
model::CacheSettings used_cache_settings(const config::Config& config, model::CacheSettings settings,
                                         const CacheOptions& options);
// Only what the user says: the rest is decided when the cache is put to use.
model::CacheSettings given_cache_settings(const CacheOptions& options, Sectors chunk);

// Settings of a policy: new ones replace those of the same name, the value "default" takes one away.
void merge_settings(std::vector<model::CacheSetting>& settings, const std::vector<model::CacheSetting>& more);

// What may be cached, in the reference's words.
Result<> check_cacheable(const model::Vg& vg, const model::Lv& lv);

// The pool becomes a part of the LV, the LV's segments go below.
Result<> attach_cache_pool(const Context& context, model::Vg& vg, LvId lv, LvId pool, const PoolOptions& sizes,
                           const CacheOptions& options);
// The same with a volume that holds metadata and data of the cache.
Result<> attach_cache_volume(const Context& context, model::Vg& vg, LvId lv, LvId volume, const PoolOptions& pool,
                             const CacheOptions& options);
// A writecache; the size of its blocks is chosen, and said.
Result<> attach_writecache(const Context& context, model::Vg& vg, LvId lv, LvId volume, const CacheOptions& options,
                           const BlockFacts& facts);

// "high_watermark" and so on into their members; Code::usage for values that are no numbers. `block_size`, when it is
// given, is returned through its own argument.
Result<> set_writecache(model::WritecacheSettings& settings, const std::vector<model::CacheSetting>& given,
                        std::optional<std::uint32_t>& block_size);

// A volume that becomes a cache loses the start that a kernel target would read, and goes down.
Result<> add_wiped_volume(Stages& stages, LvId volume, Bytes length);

}  // namespace lvm::plan
