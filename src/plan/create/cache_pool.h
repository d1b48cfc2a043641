// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/create/pool.h"

namespace lvm::plan::create {

// The draft becomes a cache pool: see make_pool.
Result<> make_cache_pool(Draft& draft, Stages& stages);

}  // namespace lvm::plan::create
