// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "plan/stages.h"

namespace lvm::plan {

// The stage of a change of one LV, live or not; a hidden part of another one changes with that.
Result<> add_change(Stages& stages, model::Vg after, LvId lv, std::vector<std::string> reports, bool revocable = true);

}  // namespace lvm::plan
