// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/session.h"
#include "plan/lv_attributes.h"

namespace lvm::cli {

// The options that lvcreate and lvchange share: -p -r -M -j --minor -k --setautoactivation --addtag ...
Result<plan::LvAttributes> lv_attributes(Session& session);

// -a, or nullopt.
std::optional<plan::Activation> activation_wanted(const Arguments& arguments);

}  // namespace lvm::cli
