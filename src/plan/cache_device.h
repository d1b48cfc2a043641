// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "plan/pool_options.h"
#include "plan/stages.h"

// --cachedevice: the volume of a cache is made on PVs that the user names, and called after the volume it is for.
namespace lvm::plan {

// A stage that makes the cache volume for the LV `of`; returns it. Without a size the PVs must be unused.
Result<LvId> add_cache_device_volume(Stages& stages, const std::string& of, const CacheOptions& options);

}  // namespace lvm::plan
