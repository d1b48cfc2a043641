// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/wipe_alone.h"

#include <fmt/format.h>

#include "activate/activate.h"
#include "activate/foresee.h"

namespace lvm::plan {

Result<std::vector<step::Step>> work_alone(const Context& context, const world::VgView& view, const model::Vg& vg,
                                           LvId id, std::vector<step::Step> work) {
  const model::Lv& lv = *vg.find_lv(id);
  if (!context.world.dm_available || !context.config.flag("global/activation"))
    return fail(Code::unsupported,
                fmt::format("Logical volume {}/{} has to be active for a moment, to be wiped: {}", vg.name, lv.name,
                            context.world.dm_available ? "activation is switched off (global/activation)."
                                                       : context.world.dm_unavailable_reason));
  if (context.world.find_live(activate::top_uuid(vg, lv))) return work;
  activate::Options options;
  options.noscan = true;
  options.temporary = true;
  std::vector<step::Step> steps = TRY(activate::activate(context.world, view, vg, lv, context.config, options));
  world::World up = context.world;
  activate::foresee(up, steps);
  steps.emplace_back(step::Settle{});
  append(steps, std::move(work));
  append(steps, TRY(activate::deactivate(up, vg, lv, context.config)));
  steps.emplace_back(step::Settle{});
  return steps;
}

Result<std::vector<step::Step>> wipe_alone(const Context& context, const world::VgView& view, const model::Vg& vg,
                                           LvId id, Bytes length) {
  const model::Lv& lv = *vg.find_lv(id);
  step::WipeVolume wipe{
      .vg = vg.name, .lv = lv.name, .uuid = activate::top_uuid(vg, lv), .zero_length = length, .assume_yes = true};
  return work_alone(context, view, vg, id, {step::Step(std::move(wipe))});
}

}  // namespace lvm::plan
