// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/relations.h"
#include "step/plan.h"
#include "world/world.h"

// Locks of LVs in shared VGs: which LV's lock covers another, and which locks a plan needs. Pure.
namespace lvm::plan {

// A hidden LV has its owner's lock, a thin volume its pool's, a snapshot its origin's.
class LockHolders {
 public:
  explicit LockHolders(const model::Vg& vg) : relations_(vg) {}
  // The LV whose lock covers this one; null: none does (the leases themselves, spares).
  const model::Lv* of(const model::Lv& lv) const;
  const model::Lv* of(LvId lv) const;
  // Whether the LV has a lock of its own.
  bool has_lock(const model::Lv& lv) const { return of(lv) == &lv; }
  // More than one host may have it active: it is of extents alone, and nothing stands on it.
  bool may_be_shared(const model::Lv& lv) const;

 private:
  model::Relations relations_;
};

struct LvLocks {
  std::vector<LvId> made;        // get a lock: named in the VG behind the plan
  std::vector<LvId> activated;   // exclusive or shared for as long as they are active
  std::vector<LvId> touched;     // exclusive while the plan runs
  std::vector<model::Lv> freed;  // their locks end with the plan
  bool empty() const { return made.empty() && activated.empty() && touched.empty() && freed.empty(); }
};
LvLocks lv_locks(const step::Plan& plan);

// Holders of which some device is live.
std::set<LvId> live_holders(const world::World& world, const model::Vg& vg, const LockHolders& holders);

// The plan with these locks in its metadata; LVs without one of their own carry none.
step::Plan with_lock_args(const step::Plan& plan, const std::map<LvId, std::string>& args);

// Drops the stages that would activate what these locks cover.
void drop_stages_of(step::Plan& plan, const std::set<LvId>& holders);

}  // namespace lvm::plan
