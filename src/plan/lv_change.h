// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "plan/context.h"
#include "plan/lv_attributes.h"
#include "plan/raid_change.h"

namespace lvm::plan {

struct LvChangeRequest {
  LvId lv;
  LvAttributes attributes;
  bool yes = false;
  RaidSettings raid = {};
};

// lvchange of attributes that every kind has. A live volume takes them over at once.
Result<step::Plan> lv_change(const Context& context, const world::VgView& view, const LvChangeRequest& request);

struct LvActivateRequest {
  std::vector<LvId> lvs;
  Activation activation = Activation::yes;
  bool ignore_activation_skip = false;  // -K
  bool partial = false;                 // --activationmode partial
  bool complete = false;                // --activationmode complete
  bool unmonitored = false;             // --monitor n
  bool components = false;              // hidden ones come up by themselves, read-only
};

// lvchange -a, vgchange -a.
Result<step::Plan> lv_activate(const Context& context, const world::VgView& view, const LvActivateRequest& request);

// lvchange --refresh, vgchange --refresh: live tables are loaded anew.
Result<step::Plan> lv_refresh(const Context& context, const world::VgView& view, const std::vector<LvId>& lvs,
                              bool partial);

// Whether an interrupted command has left devices of the VG in a state of its own.
bool is_troubled(const Context& context, const world::VgView& view);
// First aid before a command changes a VG in trouble, read with live tables: resumes what was left suspended, takes
// away what is in nobody's use, and then brings tables in line with the metadata. Each is a plan of its own, for one
// frees what the next takes away; empty when nothing is left to do.
Result<step::Plan> recover(const Context& context, const world::VgView& view);

}  // namespace lvm::plan
