// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/log_scope.h"
#include "cli/operands.h"
#include "plan/lv_remove.h"

namespace lvm::cli {

namespace {

// LVM2 speaks of a removal when the metadata is written: it then knows no more than the VG.
void log_removals(Session& session, const world::VgView& view, const std::vector<LvId>& lvs) {
  for (LvId id : lvs) session.messages().log_status(log_object(*view.vg, *view.vg->find_lv(id)), 0);
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
    if (request.lvs.empty() && request.gone.empty()) return status;
    auto plan = plan::lv_remove(session.context(), view, request);
    Messages& messages = session.messages();
    if (messages.logging() && plan) log_removals(session, view, plan::removed_by_themselves(view, request));
    Messages::Object before = messages.set_object({"lv", {}, {}, view.vg->name, view.vg->id.dashed()});
    status = worst(status, session.carry_out(std::move(plan)));
    messages.set_object(std::move(before));
    return status;
  });
}

}  // namespace lvm::cli
