// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "model/vg.h"
#include "step/plan.h"

namespace lvm::activate {

// What a VDO pool's target hears once it is up, of what its metadata has switched off.
std::vector<step::Step> vdo_messages(const model::Vg& vg, const model::Lv& pool);

}  // namespace lvm::activate
