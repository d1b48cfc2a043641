// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/arguments.h"
#include "plan/pv_repair.h"

namespace lvm::cli {

// --settings "key=value key=value", and --pvmetadatacopies 2 for mda_num=2.
Result<plan::PvSettings> pvck_settings(const Arguments& arguments);
Result<> add_pvck_settings(std::string_view text, plan::PvSettings& settings);

}  // namespace lvm::cli
