// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/session.h"
#include "plan/lv_create.h"

namespace lvm::cli {

// Options of pools, thin volumes, caches and snapshots.
Result<> read_pool_options(Session& session, plan::LvCreateRequest& request);
Result<plan::PoolOptions> pool_options(const Arguments& arguments);
Result<plan::CacheOptions> cache_options(const Arguments& arguments);

// The volume that an option names, without the VG in front of it.
std::string lv_option(const Arguments& arguments, Opt opt);

}  // namespace lvm::cli
