// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/session.h"
#include "plan/lv_create.h"
#include "plan/raid_change.h"

namespace lvm::cli {

// Options of raids and mirrors.
Result<> read_raid_options(Session& session, plan::LvCreateRequest& request);
// Of lvchange: what is to change of raids.
Result<plan::RaidSettings> raid_settings(const Arguments& arguments);
Result<plan::RaidOptions> raid_options(const Arguments& arguments);

}  // namespace lvm::cli
