// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/lv_remove.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "activate/activate.h"
#include "model/names.h"
#include "segment/kind.h"

namespace lvm::plan {
namespace {

using model::Lv;
using model::Vg;

// A volume that another one stands on cannot go alone.
Result<> check_unreferenced(const Vg& vg, const std::unordered_set<LvId>& leaving) {
  for (const Lv& lv : vg.lvs) {
    if (leaving.contains(lv.id)) continue;
    for (const model::Segment& segment : lv.segments) {
      for (const model::Area& area : segment::areas(segment)) {
        const auto* on_lv = std::get_if<model::LvArea>(&area);
        if (!on_lv || !leaving.contains(on_lv->lv)) continue;
        return fail(Code::refused, fmt::format("Can't remove logical volume {}/{} used as part of {}/{}.", vg.name,
                                               vg.find_lv(on_lv->lv)->name, vg.name, lv.name));
      }
    }
  }
  return {};
}

}  // namespace

std::vector<std::pair<LvId, step::Question>> lv_remove_questions(const Context& context, const world::VgView& view,
                                                                 const LvRemoveRequest& request) {
  std::vector<std::pair<LvId, step::Question>> out;
  if (request.force || request.yes) return out;
  const Vg& vg = *view.vg;
  for (LvId id : request.lvs) {
    const Lv& lv = *vg.find_lv(id);
    if (!context.world.find_live(activate::top_uuid(vg, lv))) continue;
    out.push_back({id,
                   {fmt::format("Do you really want to remove active logical volume {}/{}? [y/n]: ", vg.name, lv.name),
                    fmt::format("Logical volume {}/{} not removed.", vg.name, lv.name)}});
  }
  return out;
}

Result<step::Plan> lv_remove(const Context& context, const world::VgView& view, const LvRemoveRequest& request) {
  TRY(check_writable(context, view, {.missing_pvs = true}));
  const Vg& vg = *view.vg;
  std::unordered_set<LvId> leaving(request.lvs.begin(), request.lvs.end());

  step::Plan plan;
  // The devices go first: a volume in use stops the command before the metadata changes.
  std::vector<step::Step> down;
  std::vector<step::Step> said;
  for (LvId id : request.lvs) {
    const Lv& lv = *vg.find_lv(id);
    auto steps = activate::deactivate(context.world, vg, lv, context.config);
    if (!steps) {
      plan.failures.push_back(std::move(steps).error());
      leaving.erase(id);
      continue;
    }
    append(down, std::move(*steps));
    said.emplace_back(print(fmt::format("Logical volume \"{}\" successfully removed.", lv.name)));
  }
  if (leaving.empty()) return plan;
  TRY(check_unreferenced(vg, leaving));
  Vg after = vg;
  mark_missing(view, after);
  std::erase_if(after.lvs, [&](const Lv& lv) { return leaving.contains(lv.id); });
  if (!down.empty()) {
    down.emplace_back(step::Settle{});
    plan.stages.push_back({view.vg, view.vg, std::move(down), {}});
  }
  step::Stage stage = metadata_stage(view.vg, std::move(after));
  append(stage.steps, std::move(said));
  plan.stages.push_back(std::move(stage));
  return plan;
}

Result<step::Plan> lv_rename(const Context& context, const world::VgView& view, const LvRenameRequest& request) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  TRY(model::check_new_lv_name(request.new_name));
  TRY(model::check_name_lengths(vg.name, request.new_name));
  const Lv* lv = vg.find_lv(request.old_name);
  if (!lv)
    return fail(Code::not_found, fmt::format("Existing logical volume \"{}\" not found in volume group \"{}\"",
                                             request.old_name, vg.name));
  if (vg.find_lv(request.new_name))
    return fail(Code::exists,
                fmt::format("Logical Volume \"{}\" already exists in volume group \"{}\"", request.new_name, vg.name));
  for (const Lv& other : vg.lvs)
    for (const model::Segment& segment : other.segments)
      if (const auto* unknown = std::get_if<model::UnknownSegment>(&segment.body))
        if (segment::references_name(segment.body, request.old_name))
          return fail(Code::refused,
                      fmt::format("Cannot rename {}/{}: {}/{} refers to it in a segment of type {}, which this "
                                  "program does not know.",
                                  vg.name, lv->name, vg.name, other.name, unknown->type));
  Vg after = vg;
  Lv& renamed = *after.find_lv(lv->id);
  renamed.name = request.new_name;
  auto change = TRY(activate::change(context.world, view, vg, *lv, after, renamed, context.config, {}));
  std::vector<step::Step> behind = std::move(change.after);
  behind.emplace_back(step::Settle{});
  step::Stage stage = metadata_stage(view.vg, std::move(after), std::move(change.before), std::move(behind));
  stage.steps.emplace_back(print(
      fmt::format("Renamed \"{}\" to \"{}\" in volume group \"{}\"", request.old_name, request.new_name, vg.name)));
  step::Plan plan;
  plan.stages.push_back(std::move(stage));
  return plan;
}

}  // namespace lvm::plan
