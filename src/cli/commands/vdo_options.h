// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>

#include "cli/session.h"
#include "plan/lv_create.h"

namespace lvm::cli {

// --vdosettings, --compression and --deduplication.
Result<plan::VdoOptions> vdo_options(const Arguments& arguments);
// The same, and where the new pool is named.
Result<> read_vdo_options(Session& session, plan::LvCreateRequest& request);

// Carries out what makes a VDO pool. When the request has no size for its volume, vdoformat chose one: then what it
// said goes into the request, and `plan` is asked for the rest. `pool`: the name of the pool.
ExitStatus make_vdo_pool(Session& session, VgId vg, const std::string& pool, plan::VdoRequest& request,
                         const std::function<Result<step::Plan>(const world::VgView& view)>& plan);

}  // namespace lvm::cli
