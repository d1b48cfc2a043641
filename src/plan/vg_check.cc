// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_check.h"

#include <fmt/format.h>

namespace lvm::plan {

Result<> vg_check(const world::VgView& view) {
  std::size_t missing = 0;
  for (std::size_t i = 0; i < view.devices.size(); ++i)
    if (!view.devices[i] || view.vg->pvs[i].missing()) ++missing;
  if (missing > 0) return fail(Code::refused, fmt::format("The volume group is missing {} physical volumes.", missing));
  return {};
}

Result<step::Plan> vg_update_metadata(const Context& context, const world::VgView& view) {
  TRY(check_writable(context, view, {.missing_pvs = true}));
  step::Plan plan;
  model::Vg after = *view.vg;
  mark_missing(view, after);
  plan.stages.push_back(metadata_stage(view.vg, std::move(after)));
  for (std::size_t index : view.outdated) {
    const world::PvDevice& pv = context.world.pvs[index];
    step::Stage stage;
    stage.steps.emplace_back(warn(fmt::format("WARNING: wiping mda on outdated PV {}", pv.device.path)));
    stage.steps.emplace_back(warn(fmt::format("WARNING: wiping header on outdated PV {}", pv.device.path)));
    stage.steps.emplace_back(step::ClearOutdated{pv.id, view.vg->id, pv.device.path});
    plan.stages.push_back(std::move(stage));
  }
  return plan;
}

}  // namespace lvm::plan
