// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "model/vg.h"
#include "step/plan.h"

namespace lvm::activate {

// What a live VDO pool's target must hear so that it follows `pool`'s metadata; `before` is what it goes by; null: it
// has just come up, and compresses and deduplicates.
std::vector<step::Step> vdo_messages(const model::Vg& vg, const model::Lv& pool, const model::VdoPool* before);

}  // namespace lvm::activate
