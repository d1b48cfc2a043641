// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/change_stage.h"

#include "activate/activate.h"

namespace lvm::plan {

Result<> add_change(Stages& stages, model::Vg after, LvId lv, std::vector<std::string> reports, bool revocable) {
  auto change = TRY(activate::change_together(stages.world(), stages.view(), stages.vg(), after,
                                              changing_with(stages.vg(), lv), stages.context().config, {}));
  std::vector<step::Step> behind = std::move(change.after);
  if (!behind.empty()) behind.emplace_back(step::Settle{});
  for (std::string& report : reports) behind.emplace_back(print(std::move(report)));
  if (revocable)
    stages.add_revocable(std::move(after), std::move(change.before), std::move(behind));
  else
    stages.add(std::move(after), std::move(change.before), std::move(behind));
  return {};
}

}  // namespace lvm::plan
