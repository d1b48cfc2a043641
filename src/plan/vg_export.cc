// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_export.h"

#include <fmt/format.h>

#include "plan/lv_groups.h"

namespace lvm::plan {
namespace {

// The reference adds this line when PVs are missing, and not to its other refusals.
Result<> check(const Context& context, const world::VgView& view, Allow allow) {
  auto allowed = check_writable(context, view, allow);
  if (allowed || !view.partial() || allow.missing_pvs) return allowed;
  return fail(allowed.error().code(),
              fmt::format("{}\nCannot process volume group {}", allowed.error().message(), view.vg->name));
}

void set_exported(model::Vg& vg, bool exported) {
  vg.flags.set(model::VgFlag::exported, exported);
  for (model::Pv& pv : vg.pvs) pv.flags.set(model::PvFlag::exported, exported);
}

}  // namespace

Result<step::Plan> vg_export(const Context& context, const world::VgView& view) {
  TRY(check(context, view, {}));
  if (has_active_lvs(context.world, *view.vg))
    return fail(Code::busy, fmt::format("Volume group \"{}\" has active logical volumes", view.vg->name));
  model::Vg after = *view.vg;
  set_exported(after, true);
  after.system_id.clear();
  step::Plan plan;
  step::Stage stage = metadata_stage(view.vg, std::move(after));
  stage.steps.emplace_back(print(fmt::format("Volume group \"{}\" successfully exported", view.vg->name)));
  plan.stages.push_back(std::move(stage));
  return plan;
}

Result<step::Plan> vg_import(const Context& context, const world::VgView& view, const VgImportRequest& request) {
  if (!view.unusable && !view.vg->exported())
    return fail(Code::refused, fmt::format("Volume group \"{}\" is not exported", view.vg->name));
  TRY(check(context, view, {.exported = true, .missing_pvs = request.force}));
  model::Vg after = *view.vg;
  mark_missing(view, after);
  set_exported(after, false);
  after.system_id = context.world.host.system_id;
  step::Plan plan;
  step::Stage stage = metadata_stage(view.vg, std::move(after));
  stage.steps.emplace_back(print(fmt::format("Volume group \"{}\" successfully imported", view.vg->name)));
  plan.stages.push_back(std::move(stage));
  return plan;
}

}  // namespace lvm::plan
