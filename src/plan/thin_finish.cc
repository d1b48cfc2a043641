// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/thin_finish.h"

#include "activate/activate.h"
#include "activate/naming.h"

namespace lvm::plan {

Result<step::Plan> finish_thin_messages(const Context& context, const world::VgView& view) {
  step::Plan plan;
  if (view.unusable || !check_writable(context, view)) return plan;
  const model::Vg& vg = *view.vg;
  std::vector<step::Step> steps;
  model::Vg done;
  for (std::size_t i = 0; i < vg.lvs.size(); ++i) {
    const model::Lv& lv = vg.lvs[i];
    const auto* pool = lv.as<model::ThinPool>();
    if (!pool || pool->messages.empty() || !context.world.find_live(activate::layer_uuid(vg, lv, "tpool"))) continue;
    step::PoolMessages messages = TRY(activate::pool_messages(context.world, vg, lv));
    if (steps.empty()) done = vg;
    done.lvs[i].as<model::ThinPool>()->messages.clear();
    steps.emplace_back(std::move(messages));
  }
  if (!steps.empty()) plan.stages.push_back(metadata_stage(view.vg, std::move(done), std::move(steps)));
  return plan;
}

}  // namespace lvm::plan
