// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "plan/context.h"

// Volumes that slip under others, and out again.
namespace lvm::plan {

// Takes the LV's segments away. Until the LV goes itself it gives errors, in its old length.
std::vector<model::Segment> hollow(model::Lv& lv);

// The LV's segments go to a new hidden LV, named after it by `role`, which is returned. The LV has none then: the
// caller gives it one that stands on the new LV.
LvId push_layer(const Context& context, model::Vg& vg, LvId lv, model::Role role);

// The LV gets the segments of the layer below it back.
void pop_layer(model::Vg& vg, LvId lv, LvId layer);

// The same where the layer may be in use for a moment still: it stays, and gives errors.
void vacate_layer(model::Vg& vg, LvId lv, LvId layer);

// Gives the LV a name, and all its parts theirs by it.
void rename_whole(model::Vg& vg, LvId lv, const std::string& name);

// The name that a volume had before it became a part in this role ("fast_cvol" -> "fast"); a free lvolN when that is
// taken.
std::string name_without_role(const model::Vg& vg, const model::Lv& lv, model::Role role);

}  // namespace lvm::plan
