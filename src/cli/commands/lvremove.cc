// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/operands.h"
#include "plan/lv_remove.h"

namespace lvm::cli {

ExitStatus run_lvremove(Session& session, const Arguments&) {
  return for_each_lv(session, [&](const world::VgView& view, const std::vector<LvId>& lvs) {
    plan::LvRemoveRequest request{lvs, session.force() > 0, session.yes()};
    ExitStatus status = ExitStatus::ok;
    if (!session.arguments().has(Opt::plan) && !session.test_mode()) {
      for (const auto& [id, question] : plan::lv_remove_questions(session.context(), view, request)) {
        if (session.ask(question)) continue;
        std::erase(request.lvs, id);
        status = ExitStatus::failed;
      }
    }
    if (request.lvs.empty()) return status;
    return worst(status, session.carry_out(plan::lv_remove(session.context(), view, request)));
  });
}

}  // namespace lvm::cli
