// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/plan_locks.h"

#include <fmt/format.h>

#include <cerrno>

#include "segment/kind.h"

namespace lvm::cli {
namespace {

struct Ends {
  model::VgPtr before, after;
};
Ends ends_of(const step::Plan& plan) {
  if (plan.stages.empty()) return {};
  return {plan.stages.front().before, plan.stages.back().after};
}

std::string name_of(const model::Vg& vg, const model::Lv& lv) { return vg.name + "/" + lv.name; }

}  // namespace

bool PlanLocks::concerns(const step::Plan& plan) {
  const Ends ends = ends_of(plan);
  return ends.before && ends.before->shared() && (!ends.after || ends.after->lock_type == ends.before->lock_type);
}

PlanLocks::PlanLocks(Session& session, SharedLocks& locks, lockd::Mode mode, const std::vector<LvId>& also)
    : session_(session), locks_(locks), mode_(mode), also_(also) {}

Result<> PlanLocks::lock(const model::Vg& vg, const model::Lv& lv, lockd::Mode mode, bool persistent) {
  if (mode == lockd::Mode::shared && !plan::LockHolders(vg).may_be_shared(lv))
    return fail(Code::refused,
                fmt::format("Shared activation not compatible with LV type {} of {}",
                            lv.segments.empty() ? "none" : segment::type_name(lv.segments.front()), name_of(vg, lv)));
  std::vector<std::string> drives;
  const world::VgView* view = session_.world().find_vg(vg.id);
  if (view && vg.lock_type == "idm") drives = voting_drives(session_.world(), *view->vg, {lv.id});
  return locks_.lock_lv({vg, lv, mode, persistent, std::move(drives)});
}

Result<> PlanLocks::make_locks(step::Plan& plan) {
  std::map<LvId, std::string> args;
  std::string previous;
  for (LvId id : wanted_.made) {
    const model::Lv& lv = *after_->find_lv(id);
    const lockd::Reply reply = locks_.init_lv(*after_, lv, previous);
    if (reply.result == -EMSGSIZE)
      return fail(Code::no_space,
                  fmt::format("No room for the lock of {} on the lvmlock volume.", name_of(*after_, lv)));
    if (reply.result != 0)
      return fail(Code::refused,
                  fmt::format("Failed to make a lock for {}: error {}.", name_of(*after_, lv), reply.result));
    made_.push_back(lv);
    made_.back().lock_args = args[id] = previous = reply.lv_args;
  }
  plan = plan::with_lock_args(plan, args);
  after_ = ends_of(plan).after;
  return {};
}

Result<> PlanLocks::lock_touched(const step::Plan& plan) {
  for (LvId id : wanted_.touched) {
    const model::Lv* lv = before_->find_lv(id);
    const model::Vg& vg = lv ? *before_ : *after_;
    if (!lv && after_) lv = after_->find_lv(id);
    if (!lv || locked_.contains(id)) continue;
    TRY(lock(vg, *lv, lockd::Mode::exclusive, false));
    touched_.push_back(*lv);
  }
  (void)plan;
  return {};
}

Result<ExitStatus> PlanLocks::take(step::Plan& plan) {
  const Ends ends = ends_of(plan);
  before_ = ends.before;
  after_ = ends.after;
  wanted_ = plan::lv_locks(plan);
  live_before_ = plan::live_holders(session_.world(), *before_, plan::LockHolders(*before_));
  if (auto made = make_locks(plan); !made) {
    undo();
    return std::unexpected(made.error());
  }
  const model::Vg& now = after_ ? *after_ : *before_;
  for (LvId id : also_)
    if (const model::Lv* holder = plan::LockHolders(now).of(id))
      (mode_ == lockd::Mode::unlocked ? ended_ : wanted_.activated).push_back(holder->id);
  std::set<LvId> failed;
  for (LvId id : wanted_.activated) {
    const model::Lv* lv = now.find_lv(id);
    if (!lv || locked_.contains(id) || failed.contains(id)) continue;
    auto got = lock(now, *lv, mode_, true);
    if (got) {
      locked_.insert(id);
      continue;
    }
    Error error = got.error();
    error =
        Error(error.code(), fmt::format("{}\nFailed to lock logical volume {}.", error.message(), name_of(now, *lv)));
    if (!plan.keep_going) {
      undo();
      return std::unexpected(error);
    }
    session_.refuse(error);
    failed.insert(id);
  }
  plan::drop_stages_of(plan, failed);
  auto got = lock_touched(plan);
  if (got) got = place_ahead();
  if (!got) {
    undo();
    return std::unexpected(got.error());
  }
  return failed.empty() ? ExitStatus::ok : ExitStatus::failed;
}

// LVs whose locks stay here behind the plan.
std::vector<const model::Lv*> PlanLocks::keepers(const model::Vg& vg) const {
  std::vector<const model::Lv*> out;
  for (const model::Lv& lv : vg.lvs)
    if (!lv.lock_args.empty() && (locked_.contains(lv.id) || live_before_.contains(lv.id))) out.push_back(&lv);
  return out;
}

// Where the plan changes the drives that decide on a lock (idm), the lock is to be on the new ones before anybody can
// read of them, and stays on the former ones until nobody reads of those any more.
Result<> PlanLocks::place_ahead() {
  if (!after_ || after_->lock_type != "idm") return {};
  const world::World& world = session_.world();
  const auto ahead = [&](const model::Lv* lv, const std::vector<LvId>& of) -> Result<> {
    auto paths = voting_drives(world, *after_, of);
    if (paths == voting_drives(world, *before_, of)) return {};
    // A command that was killed on its way may have left an LV's lock on two sets, of which the metadata name one: the
    // other gives way, not that one.
    if (lv) TRY(locks_.place({*before_, lv, voting_drives(world, *before_, of)}));
    placed_ = true;
    return locks_.place({*after_, lv, std::move(paths), true});
  };
  TRY(ahead(nullptr, {}));
  for (const model::Lv* lv : keepers(*after_))
    if (before_->find_lv(lv->id)) TRY(ahead(lv, {lv->id}));
  return {};
}

// What the metadata say now, whatever the plan came to.
void PlanLocks::place_finally(const model::Vg& now) {
  if (!placed_) return;
  placed_ = false;
  const world::World& world = session_.world();
  const auto finally = [&](const model::Lv* lv, const std::vector<LvId>& of) {
    if (auto done = locks_.place({now, lv, voting_drives(world, now, of)}); !done)
      session_.messages().error(done.error());
  };
  finally(nullptr, {});
  for (const model::Lv* lv : keepers(now)) finally(lv, {lv->id});
}

void PlanLocks::release(const model::Vg& vg, const model::Lv& lv, bool persistent) {
  auto done = locks_.unlock_lv(vg, lv, persistent);
  if (done) return;
  session_.messages().error(done.error());
  session_.messages().error(fmt::format("Failed to unlock logical volume {}.", name_of(vg, lv)));
}

void PlanLocks::undo() {
  place_finally(*before_);
  const model::Vg& vg = after_ ? *after_ : *before_;
  for (const model::Lv& lv : touched_) release(vg, lv, false);
  for (LvId id : locked_)
    if (const model::Lv* lv = vg.find_lv(id); lv && !live_before_.contains(id)) release(vg, *lv, true);
  for (const model::Lv& lv : made_) locks_.free_lv(vg, lv);
  touched_.clear();
  locked_.clear();
  made_.clear();
}

void PlanLocks::give_back() {
  const world::VgView* view = session_.world().find_vg(before_->id);
  const model::Vg& now = view && !view->vg->lvs.empty() ? *view->vg : after_ ? *after_ : *before_;
  place_finally(now);
  const plan::LockHolders holders(now);
  const std::set<LvId> live = plan::live_holders(session_.world(), now, holders);
  for (const model::Lv& lv : touched_) release(now, lv, false);
  std::vector<LvId> concerned = ended_;
  concerned.insert(concerned.end(), locked_.begin(), locked_.end());
  concerned.insert(concerned.end(), live_before_.begin(), live_before_.end());
  std::set<LvId> seen = live;
  for (LvId id : concerned) {
    if (!seen.insert(id).second) continue;
    const model::Lv* lv = now.find_lv(id);
    if (!lv) lv = before_->find_lv(id);
    if (!lv && after_) lv = after_->find_lv(id);  // it was to be made
    if (lv) release(now, *lv, true);
  }
  // What was to be made and is not there, as the plan failed; and what is gone.
  for (const model::Lv& lv : made_)
    if (!now.find_lv(lv.id)) locks_.free_lv(now, lv);
  for (const model::Lv& lv : wanted_.freed) {
    const model::Lv* still = now.find_lv(lv.id);
    if (still && !still->lock_args.empty()) continue;
    release(*before_, lv, true);
    locks_.free_lv(*before_, lv);
  }
}

}  // namespace lvm::cli
