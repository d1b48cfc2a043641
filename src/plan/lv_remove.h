// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <unordered_set>
#include <vector>

#include "plan/context.h"

namespace lvm::plan {

struct LvRemoveRequest {
  std::vector<LvId> lvs;  // of one VG; removed together, in one change of the metadata
  bool force = false;
  bool yes = false;
  std::vector<std::string> gone;  // volumes that are only remembered: they are forgotten
  bool whole = false;             // all of the VG: what is remembered goes as well
  bool remember = false;          // thin volumes that go are remembered
};

// Those of the request that do not go along with another one of it.
std::vector<LvId> removed_by_themselves(const world::VgView& view, const LvRemoveRequest& request);

// The questions that removing asks, by volume: a "no" drops that volume from the request.
std::vector<std::pair<LvId, step::Question>> lv_remove_questions(const Context& context, const world::VgView& view,
                                                                 const LvRemoveRequest& request);

// lvremove.
Result<step::Plan> lv_remove(const Context& context, const world::VgView& view, const LvRemoveRequest& request);

// Takes the LVs out; notes of others about them go, and the spare when no pool is left to need it.
void erase_lvs(model::Vg& vg, const std::unordered_set<LvId>& leaving);

struct LvRenameRequest {
  std::string old_name, new_name;
};

// lvrename. A live volume keeps running under its new name.
Result<step::Plan> lv_rename(const Context& context, const world::VgView& view, const LvRenameRequest& request);

}  // namespace lvm::plan
