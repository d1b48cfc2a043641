// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_reduce.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "activate/activate.h"
#include "model/relations.h"
#include "plan/area_use.h"
#include "plan/layers.h"
#include "segment/kind.h"

namespace lvm::plan {
namespace {

using model::Role;
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

std::unordered_set<PvId> missing_pvs(const world::VgView& view) {
  std::unordered_set<PvId> out;
  for (std::size_t i = 0; i < view.vg->pvs.size(); ++i)
    if (!view.devices[i] || view.vg->pvs[i].missing()) out.insert(view.vg->pvs[i].id);
  return out;
}

// Without `gone`; its metadata areas no longer count.
step::Stage stage_without(const Context& context, model::VgPtr before, const std::unordered_set<PvId>& gone) {
  Vg after = *before;
  std::erase_if(after.pvs, [&](const model::Pv& pv) { return gone.contains(pv.id); });
  std::vector<step::AreaUse> area_use = choose_area_use(areas_of(context, after), after.metadata_copies);
  step::Stage stage = metadata_stage(std::move(before), std::move(after));
  set_area_use(stage, std::move(area_use));
  return stage;
}

// What a volume has lost fails when it is asked, until it is repaired.
Vg with_errors(const Vg& vg, const model::Relations& before, std::uint32_t top,
               const std::unordered_set<PvId>& missing) {
  Vg after = vg;
  for (std::uint32_t part : before.with_parts(top))
    if (const model::Lv& lv = before.vg().lvs[part]; touches(lv, missing)) hollow(*after.find_lv(lv.id));
  return after;
}

// Raids go on without what they have lost, in a change for each. Returns the VG that is left.
Result<model::VgPtr> leave_errors(const Context& context, const world::VgView& view, const std::vector<LvId>& raids,
                                  const std::unordered_set<PvId>& missing, step::Plan& plan) {
  model::VgPtr current = view.vg;
  const model::Relations relations(*view.vg);
  for (const LvId& id : raids) {
    Vg after = with_errors(*current, relations, relations.position(id), missing);
    auto change =
        TRY(activate::change_together(context.world, view, *current, after, std::span(&id, 1), context.config, {}));
    if (!change.after.empty()) change.after.emplace_back(step::Settle{});
    plan.stages.push_back(metadata_stage(current, std::move(after), std::move(change.before), std::move(change.after)));
    current = plan.stages.back().after;
  }
  return current;
}

Result<step::Plan> remove_missing(const Context& context, const world::VgView& view, const VgReduceRequest& request) {
  const Vg& vg = *view.vg;
  step::Plan plan;
  std::unordered_set<PvId> missing = missing_pvs(view);
  if (missing.empty()) {
    plan.notes.push_back(print(fmt::format("Volume group \"{}\" is already consistent.", vg.name)));
    return plan;
  }
  model::VgPtr current = view.vg;
  bool partial_stays = false;
  if (request.force) {
    const Losses lost = losses(view);
    current = TRY(leave_errors(context, view, lost.raids, missing, plan));
    for (LvId id : request.mirrors_only ? lost.volumes : std::vector<LvId>())
      plan.notes.push_back(warn(fmt::format("Non-mirror-image LV {} found: can't remove.", vg.find_lv(id)->name)));
  }
  for (const model::Lv& lv : current->lvs) {
    if (!touches(lv, missing)) continue;
    plan.notes.push_back(warn(fmt::format("WARNING: Partial LV {} needs to be repaired or removed. ", lv.name)));
    partial_stays = true;
  }
  if (partial_stays) {
    plan.failures.push_back(
        Error(Code::refused, fmt::format("There are still partial LVs in VG {}.\n"
                                         "To remove them unconditionally use: vgreduce --removemissing --force.\n"
                                         "To remove them unconditionally from mirror LVs use: vgreduce --removemissing "
                                         "--mirrorsonly --force.",
                                         vg.name)));
  }
  std::unordered_set<PvId> in_use = pvs_in_use(*current);
  std::erase_if(missing, [&](PvId pv) { return in_use.contains(pv); });
  if (missing.size() == current->pvs.size())
    return fail(Code::refused, fmt::format("No physical volume of {} is left: use vgremove --force instead.", vg.name));
  step::Stage stage = stage_without(context, current, missing);
  if (partial_stays)
    stage.steps.insert(stage.steps.begin(), warn("WARNING: Proceeding to remove empty missing PVs."));
  else
    stage.steps.emplace_back(print(fmt::format("Wrote out consistent volume group {}.", vg.name)));
  plan.stages.push_back(std::move(stage));
  return plan;
}

// Why a PV cannot leave; empty when it can.
std::string obstacle(const Context& context, const Vg& vg, const std::unordered_set<PvId>& in_use, PvId id,
                     const std::string& path) {
  if (in_use.contains(id)) return fmt::format("Physical volume \"{}\" still in use", path);
  if (vg.pvs.size() == 1)
    return fmt::format("Can't remove final physical volume \"{}\" from volume group \"{}\"", path, vg.name);
  for (const KnownArea& area : areas_of(context, vg))
    if (area.pv != id) return {};
  return fmt::format("Cannot remove final metadata area on \"{}\" from \"{}\"", path, vg.name);
}

// Who cannot do without what was lost: the LV itself, or what it is a part of.
void add_loss(const model::Relations& relations, std::uint32_t position, Losses& out) {
  std::vector<LvId>* to = &out.volumes;
  while (const model::Relation* part = relations.part_of(position)) {
    switch (part->role) {
      case Role::mirror_image:
      case Role::mirror_log: return;
      case Role::raid_image:
      case Role::raid_metadata:
        to = &out.raids;
        position = relations.top(position);
        break;
      case Role::cache_pool:
      case Role::cache_volume:
      case Role::writecache_volume: to = &out.caches; break;
      default: position = part->user; continue;
    }
    break;
  }
  const LvId id = relations.vg().lvs[position].id;
  if (std::ranges::find(*to, id) == to->end()) to->push_back(id);
}

}  // namespace

Losses losses(const world::VgView& view) {
  const std::unordered_set<PvId> missing = missing_pvs(view);
  const model::Relations relations(*view.vg);
  Losses out;
  for (const model::Lv& lv : view.vg->lvs)
    if (touches(lv, missing)) add_loss(relations, relations.position(lv), out);
  return out;
}

Result<step::Plan> vg_reduce(const Context& context, const world::VgView& view, const VgReduceRequest& request) {
  TRY(check_writable(context, view, {.missing_pvs = request.remove_missing}));
  const Vg& vg = *view.vg;
  if (!vg.flags.has(model::VgFlag::resizeable))
    return fail(Code::refused, fmt::format("Volume group {} is not resizeable.", vg.name));
  if (request.remove_missing) return remove_missing(context, view, request);

  step::Plan plan;
  std::unordered_set<PvId> in_use = pvs_in_use(vg);
  std::vector<PvId> candidates = request.pvs;
  if (request.all_unused)
    for (const model::Pv& pv : vg.pvs) candidates.push_back(pv.id);
  // Each PV leaves with a write of its own: what has left stays out when a later one fails.
  model::VgPtr current = view.vg;
  for (PvId id : candidates) {
    if (!current->find_pv(id)) continue;
    const world::PvDevice* device = device_of(context, view, id);
    std::string path = device ? device->device.path : "[unknown]";
    std::string why_not = obstacle(context, *current, in_use, id, path);
    if (!why_not.empty()) {
      plan.failures.push_back(Error(Code::refused, std::move(why_not)));
      continue;
    }
    step::Stage stage = stage_without(context, current, {id});
    stage.steps.emplace_back(print(fmt::format("Removed \"{}\" from volume group \"{}\"", path, vg.name)));
    current = stage.after;
    plan.stages.push_back(std::move(stage));
  }
  return plan;
}

}  // namespace lvm::plan
