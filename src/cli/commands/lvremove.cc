// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <unordered_set>
#include <vector>

#include "cli/commands/commands.h"
#include "cli/log_scope.h"
#include "cli/operands.h"
#include "plan/convert/cache.h"
#include "plan/lv_remove.h"

namespace lvm::cli {

namespace {

// In the command log each volume has an entry that says how its removal ended, and what is wrong with one that cannot
// go is about that volume. LVM2 speaks of a removal when the metadata is written: it then knows no more than the VG.
ExitStatus log_removals(Session& session, const world::VgView& view, const std::vector<LvId>& lvs, step::Plan& plan) {
  const model::Vg& after = plan.stages.empty() ? *view.vg : *plan.stages.back().after;
  auto failure = plan.failures.begin();
  ExitStatus status = ExitStatus::ok;
  for (LvId id : lvs)
    status = worst(status, about(session, log_object(*view.vg, *view.vg->find_lv(id)), [&] {
                     if (!after.find_lv(id) || failure == plan.failures.end()) return ExitStatus::ok;
                     session.messages().error(*failure++);
                     return ExitStatus::failed;
                   }));
  plan.failures.erase(plan.failures.begin(), failure);
  return status;
}

// A cache in use is taken off its volume: what only it has is written back first.
ExitStatus remove_caches(Session& session, const world::VgView& view, std::vector<LvId>& lvs) {
  std::unordered_set<LvId> in_use;
  for (const model::Lv& lv : view.vg->lvs)
    if (const auto* cached = lv.as<model::Cache>()) in_use.insert(cached->cache);
  const auto first = std::stable_partition(lvs.begin(), lvs.end(), [&](LvId id) { return !in_use.contains(id); });
  const std::vector<LvId> caches(first, lvs.end());
  lvs.erase(first, lvs.end());
  const VgId vg = view.vg->id;
  ExitStatus status = ExitStatus::ok;
  for (LvId cache : caches) {
    const world::VgView& now = *session.world().find_vg(vg);
    const plan::convert::DetachRequest request{
        .lv = cache, .remove = true, .force = session.force() > 0, .only_cache = true};
    status = worst(status, session.carry_out(plan::convert::detach_cache(session.context(), now, request)));
  }
  return status;
}

}  // namespace

ExitStatus run_lvremove(Session& session, const Arguments& arguments) {
  return for_each_lv_or_memory(session, [&](const world::VgView& view, const ChosenLvs& chosen) {
    plan::LvRemoveRequest request{chosen.lvs, session.force() > 0, session.yes()};
    request.gone = chosen.gone;
    request.whole = chosen.whole;
    request.remember = session.config().flag("metadata/record_lvs_history") && !arguments.has(Opt::nohistory);
    ExitStatus status = ExitStatus::ok;
    session.look_at_users(*view.vg, request.lvs);
    if (!arguments.has(Opt::plan) && !session.test_mode()) {
      for (const auto& [id, question] : plan::lv_remove_questions(session.context(), view, request)) {
        if (session.ask(question)) continue;
        std::erase(request.lvs, id);
        status = ExitStatus::failed;
      }
    }
    const VgId vg = view.vg->id;
    status = worst(status, remove_caches(session, view, request.lvs));
    if (request.lvs.empty() && request.gone.empty()) return status;
    const world::VgView& now = *session.world().find_vg(vg);
    auto plan = plan::lv_remove(session.context(), now, request);
    Messages& messages = session.messages();
    if (messages.logging() && plan)
      status = worst(status, log_removals(session, now, plan::removed_by_themselves(now, request), *plan));
    Messages::Object before = messages.set_object({"lv", {}, {}, now.vg->name, vg.dashed()});
    status = worst(status, session.carry_out(std::move(plan)));
    messages.set_object(std::move(before));
    return status;
  });
}

}  // namespace lvm::cli
