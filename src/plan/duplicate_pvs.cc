// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/duplicate_pvs.h"

#include <fmt/format.h>

#include <algorithm>

namespace lvm::plan {
namespace {

bool has_duplicates(const world::World& world, const model::Vg& vg) {
  return std::ranges::any_of(world.pvs, [&](const world::PvDevice& pv) {
    return pv.duplicate && std::ranges::find(vg.pvs, pv.id, &model::Pv::id) != vg.pvs.end();
  });
}

}  // namespace

Result<> check_duplicates(const config::Config& config, const world::World& world, const step::Plan& plan) {
  if (std::ranges::none_of(world.pvs, &world::PvDevice::duplicate)) return {};
  if (config.flag("devices/allow_changes_with_duplicate_pvs")) return {};
  for (const step::Stage& stage : plan.stages) {
    // A VG that is made anew, as vgimportclone does of a copy, leaves the original alone.
    if (!stage.before || !has_duplicates(world, *stage.before)) continue;
    if (stage.before != stage.after)
      return fail(Code::refused,
                  fmt::format("Cannot update volume group {} with duplicate PV devices.", stage.before->name));
    // Tables of what is active already may be loaded anew.
    if (std::ranges::any_of(stage.steps,
                            [](const step::Step& step) { return std::holds_alternative<step::CreateDevice>(step); }))
      return fail(Code::refused, fmt::format("Cannot activate LVs in VG {} while PVs appear on duplicate devices.",
                                             stage.before->name));
  }
  return {};
}

}  // namespace lvm::plan
