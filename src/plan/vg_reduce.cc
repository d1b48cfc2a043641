// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_reduce.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "activate/activate.h"
#include "plan/pv_layout.h"
#include "segment/kind.h"

namespace lvm::plan {
namespace {

using model::Vg;

const world::PvDevice* device_of(const Context& context, const world::VgView& view, PvId id) {
  for (std::size_t i = 0; i < view.vg->pvs.size(); ++i)
    if (view.vg->pvs[i].id == id && view.devices[i]) return &context.world.pvs[*view.devices[i]];
  return nullptr;
}

std::unordered_set<PvId> pvs_in_use(const Vg& vg) {
  std::unordered_set<PvId> out;
  for (const model::Lv& lv : vg.lvs)
    for (const model::Segment& segment : lv.segments)
      for (const model::Area& area : segment::areas(segment))
        if (const auto* on_pv = std::get_if<model::PvArea>(&area)) out.insert(on_pv->pv);
  return out;
}

bool touches(const model::Lv& lv, const std::unordered_set<PvId>& pvs) {
  for (const model::Segment& segment : lv.segments)
    for (const model::Area& area : segment::areas(segment))
      if (const auto* on_pv = std::get_if<model::PvArea>(&area))
        if (pvs.contains(on_pv->pv)) return true;
  return false;
}

Result<step::Plan> remove_missing(const Context& context, const world::VgView& view, const VgReduceRequest& request) {
  const Vg& vg = *view.vg;
  step::Plan plan;
  std::unordered_set<PvId> missing;
  for (std::size_t i = 0; i < vg.pvs.size(); ++i)
    if (!view.devices[i] || vg.pvs[i].missing()) missing.insert(vg.pvs[i].id);
  if (missing.empty()) {
    plan.notes.push_back(print(fmt::format("Volume group \"{}\" is already consistent.", vg.name)));
    return plan;
  }
  Vg after = vg;
  std::vector<step::Step> down;
  bool partial_stays = false;
  for (const model::Lv& lv : vg.lvs) {
    if (!touches(lv, missing)) continue;
    if (!request.force) {
      plan.notes.push_back(warn(fmt::format("WARNING: Partial LV {} needs to be repaired or removed. ", lv.name)));
      partial_stays = true;
      continue;
    }
    plan.notes.push_back(warn(fmt::format("WARNING: Removing partial LV {}/{}.", vg.name, lv.name)));
    append(down, TRY(activate::deactivate(context.world, vg, lv, context.config)));
    std::erase_if(after.lvs, [&](const model::Lv& other) { return other.id == lv.id; });
  }
  if (partial_stays) {
    plan.failures.push_back(Error(
        Code::refused, fmt::format("There are still partial LVs in VG {}.\n"
                                   "To remove them unconditionally use: vgreduce --removemissing --force.\n"
                                   "To remove them unconditionally from mirror LVs use: vgreduce --removemissing "
                                   "--mirrorsonly --force.",
                                   vg.name)));
    plan.notes.push_back(warn("WARNING: Proceeding to remove empty missing PVs."));
  }
  std::unordered_set<PvId> in_use = pvs_in_use(after);
  std::erase_if(after.pvs, [&](const model::Pv& pv) { return missing.contains(pv.id) && !in_use.contains(pv.id); });
  if (after.pvs.empty())
    return fail(Code::refused, fmt::format("No physical volume of {} is left: use vgremove --force instead.", vg.name));
  if (!down.empty()) {
    down.emplace_back(step::Settle{});
    plan.stages.push_back({view.vg, view.vg, std::move(down), {}});
  }
  if (after == vg) return plan;
  step::Stage stage = metadata_stage(view.vg, std::move(after));
  if (!partial_stays) stage.steps.emplace_back(print(fmt::format("Wrote out consistent volume group {}.", vg.name)));
  plan.stages.push_back(std::move(stage));
  return plan;
}

}  // namespace

Result<step::Plan> vg_reduce(const Context& context, const world::VgView& view, const VgReduceRequest& request) {
  TRY(check_writable(context, view, {.missing_pvs = request.remove_missing}));
  const Vg& vg = *view.vg;
  if (!vg.flags.has(model::VgFlag::resizeable))
    return fail(Code::refused, fmt::format("Volume group \"{}\" is not resizeable.", vg.name));
  if (request.remove_missing) return remove_missing(context, view, request);

  step::Plan plan;
  std::unordered_set<PvId> in_use = pvs_in_use(vg);
  std::vector<PvId> leaving;
  auto candidates = request.pvs;
  if (request.all_unused)
    for (const model::Pv& pv : vg.pvs) candidates.push_back(pv.id);
  Vg after = vg;
  std::vector<step::Step> behind, said;
  for (PvId id : candidates) {
    const world::PvDevice* device = device_of(context, view, id);
    std::string path = device ? device->device.path : "[unknown]";
    if (in_use.contains(id)) {
      plan.failures.push_back(Error(Code::refused, fmt::format("Physical volume \"{}\" still in use", path)));
      continue;
    }
    if (after.pvs.size() == 1) {
      plan.failures.push_back(Error(
          Code::refused, fmt::format("Can't remove final physical volume \"{}\" from volume group \"{}\"", path, vg.name)));
      continue;
    }
    std::erase_if(after.pvs, [&](const model::Pv& pv) { return pv.id == id; });
    if (device) behind.emplace_back(orphan_label(*device));
    said.emplace_back(print(fmt::format("Removed \"{}\" from volume group \"{}\"", path, vg.name)));
    leaving.push_back(id);
  }
  if (leaving.empty()) return plan;
  step::Stage stage = metadata_stage(view.vg, std::move(after), {}, std::move(behind));
  append(stage.steps, std::move(said));
  plan.stages.push_back(std::move(stage));
  return plan;
}

}  // namespace lvm::plan
