// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/reshape_finish.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/live.h"
#include "plan/image_space.h"
#include "plan/stages.h"

namespace lvm::plan {

bool begins_reshape(const model::Lv& lv) {
  const auto* raid = lv.as<model::Raid>();
  return raid && raid->data_offset.value_or(0) != 0;
}

Result<step::Plan> finish_reshape_starts(const Context& context, const world::VgView& view,
                                         std::span<const LvId> begun) {
  if (view.unusable) return step::Plan{};
  Stages stages(context, view);
  std::vector<step::Say> notes;
  for (const model::Lv& lv : view.vg->lvs) {
    if (!begins_reshape(lv)) continue;
    const world::LiveDevice* live = activate::own_device(context.world, *view.vg, lv);
    const bool runs = live && live->info.live_table && !live->info.suspended;
    if (!runs && (live || std::ranges::find(begun, lv.id) == begun.end())) continue;
    if (!check_writable(context, view)) return step::Plan{};
    model::Vg done = stages.vg();
    settle_reshape(done, lv.id);
    TRY(stages.change(std::move(done), lv.id));
    notes.push_back(
        warn(fmt::format("WARNING: Completing the start of a reshape of {}/{} that an interrupted command left behind.",
                         view.vg->name, lv.name)));
  }
  step::Plan plan = stages.finish();
  plan.notes = std::move(notes);
  return plan;
}

}  // namespace lvm::plan
