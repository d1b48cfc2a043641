// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <set>
#include <vector>

#include "cli/session.h"
#include "cli/shared_locks.h"
#include "plan/lv_locks.h"

namespace lvm::cli {

// The LV locks of one plan on a shared VG: taken before its first step, given back behind its last, as far as what
// they cover is not active then.
class PlanLocks {
 public:
  // Plans that make a VG shared, or no longer, lock by themselves.
  static bool concerns(const step::Plan& plan);

  // `mode`: of what the plan activates; unlocked: it deactivates. `also`: active already and asked for again, or not
  // active and to be unlocked all the same, as its lock may have outlived it.
  PlanLocks(Session& session, SharedLocks& locks, lockd::Mode mode, const std::vector<LvId>& also);
  // Changes the plan: new LVs get their locks; where the rest can be done, what cannot be locked is left out, said, and
  // the status is failed. An error: nothing is held any more.
  Result<ExitStatus> take(step::Plan& plan);
  void give_back();

 private:
  Result<> make_locks(step::Plan& plan);
  Result<> lock(const model::Vg& vg, const model::Lv& lv, lockd::Mode mode, bool persistent);
  Result<> lock_touched(const step::Plan& plan);
  std::vector<const model::Lv*> keepers(const model::Vg& vg) const;
  Result<> place_ahead();
  void place_finally(const model::Vg& now);
  void release(const model::Vg& vg, const model::Lv& lv, bool persistent);
  void undo();

  Session& session_;
  SharedLocks& locks_;
  lockd::Mode mode_;
  std::vector<LvId> also_, ended_;
  model::VgPtr before_, after_;
  plan::LvLocks wanted_;
  std::set<LvId> live_before_, locked_;
  std::vector<model::Lv> made_, touched_;
  bool placed_ = false;  // some lock is on former drives as well
};

}  // namespace lvm::cli
