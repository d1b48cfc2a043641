// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_split.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/live.h"
#include "model/invariants.h"
#include "model/names.h"
#include "plan/area_use.h"
#include "plan/lv_groups.h"
#include "plan/pool_spare.h"
#include "plan/resize_parts.h"

namespace lvm::plan {
namespace {

using model::Vg;

bool contains(const std::vector<PvId>& pvs, PvId pv) { return std::ranges::find(pvs, pv) != pvs.end(); }

Result<> check_resizeable(const world::VgView& view) {
  if (view.vg->flags.has(model::VgFlag::resizeable)) return {};
  return fail(Code::refused, fmt::format("Volume group {} is not resizeable.", view.vg->name));
}

Result<> check_inactive(const Context& context, const Vg& vg) {
  if (!has_active_lvs(context.world, vg)) return {};
  return fail(Code::busy, fmt::format("Logical volumes in \"{}\" must be inactive", vg.name));
}

Result<> check_extent_sizes(const Vg& to, const Vg& from) {
  if (to.extent_size == from.extent_size) return {};
  return fail(Code::refused, fmt::format("Extent sizes differ: {} ({}) and {} ({})", to.extent_size.n, to.name,
                                         from.extent_size.n, from.name));
}

Result<> check_limits(const Vg& to, const Vg& from, std::size_t pvs, std::size_t lvs) {
  // Two blanks, as the reference has them: programs may look for the text.
  if (to.max_pv && to.max_pv < to.pvs.size() + pvs)
    return fail(Code::refused, fmt::format("Maximum number of physical volumes ({}) exceeded  for \"{}\" and \"{}\"",
                                           to.max_pv, to.name, from.name));
  if (to.max_lv && to.max_lv < model::visible_lv_count(to) + lvs)
    return fail(Code::refused, fmt::format("Maximum number of logical volumes ({}) exceeded  for \"{}\" and \"{}\"",
                                           to.max_lv, to.name, from.name));
  return {};
}

Result<> check_names(const Vg& to, const Vg& from, const std::vector<model::Lv>& moving) {
  for (const model::Lv& lv : moving)
    if (to.find_lv(lv.name))
      return fail(Code::exists, fmt::format("Duplicate logical volume name \"{}\" in \"{}\" and \"{}\"", lv.name,
                                            to.name, from.name));
  return {};
}

// LVs of another VG join: an id that is taken already is replaced.
void take_lvs(const Context& context, Vg& to, std::vector<model::Lv> moving) {
  for (model::Lv& lv : moving) {
    if (to.find_lv(lv.id)) lv.id = LvId{context.new_uuid()};
    to.lvs.push_back(std::move(lv));
  }
}

// --- spares for the metadata of pools -------------------------------------------------------------
// A VG has one. The larger of two stays; the other one goes in a change of its own VG.
void drop_a_spare(step::Plan& plan, model::VgPtr& to, model::VgPtr& from) {
  const model::Lv *one = find_spare(*to), *other = find_spare(*from);
  if (!one || !other) return;
  model::VgPtr& loses = other->extents() > one->extents() ? to : from;
  LvId dropped = find_spare(*loses)->id;
  Vg after = *loses;
  std::erase_if(after.lvs, [&](const model::Lv& lv) { return lv.id == dropped; });
  plan.stages.push_back(metadata_stage(loses, std::move(after)));
  loses = plan.stages.back().after;
}

// A VG whose pools have lost theirs gets another one. True when it did.
Result<bool> give_spare(const Context& context, Vg& vg) {
  Extents metadata;
  for (const model::Lv& lv : vg.lvs)
    if (LvId part = pool_metadata(lv)) metadata = std::max(metadata, vg.find_lv(part)->extents());
  if (metadata.n == 0 || find_spare(vg)) return false;
  TRY(provide_spare(context, vg, metadata, alloc::allocatable(vg), context.world.host.name));
  return true;
}

// The VG's last PV has gone to another VG: nothing of it is left on disk. Its backup stays, as in the reference.
step::Stage gone(model::VgPtr vg) {
  step::Stage stage;
  stage.before = std::move(vg);
  stage.steps = {step::Archive{}};
  return stage;
}

Vg new_vg(const Context& context, const Vg& from, const VgSplitRequest& request) {
  Vg out;
  out.id = VgId{context.new_uuid()};
  out.name = request.new_name;
  out.flags = {model::VgFlag::resizeable, model::VgFlag::read, model::VgFlag::write};
  out.system_id = from.system_id;
  out.extent_size = from.extent_size;
  out.max_lv = request.max_lv.value_or(from.max_lv);
  out.max_pv = request.max_pv.value_or(from.max_pv);
  out.allocation = request.allocation.value_or(from.allocation);
  out.metadata_copies = request.metadata_copies.value_or(from.metadata_copies);
  return out;
}

Result<std::vector<PvId>> pvs_to_move(const Vg& from, const VgSplitRequest& request) {
  if (!request.lv) return request.pvs;
  const model::Lv* lv = from.find_lv(*request.lv);
  if (!lv)
    return fail(Code::not_found, fmt::format("Logical volume {} not in volume group {}", *request.lv, from.name));
  for (const LvGroup& group : lv_groups(from))
    for (std::size_t position : group.lvs)
      if (&from.lvs[position] == lv) return group.pvs;
  return std::vector<PvId>{};
}

// LVs on the PVs that move. One that lies on others too cannot be split, one that is active cannot move.
Result<std::vector<model::Lv>> take_out_lvs(const Context& context, const Vg& before, const std::vector<PvId>& pvs,
                                            Vg& after) {
  std::vector<bool> moves(before.lvs.size());
  for (const LvGroup& group : lv_groups(before)) {
    auto moving = std::ranges::count_if(group.pvs, [&](PvId pv) { return contains(pvs, pv); });
    if (moving == 0) continue;
    const model::Lv& first = before.lvs[group.lvs.front()];
    if (static_cast<std::size_t>(moving) != group.pvs.size())
      return fail(Code::refused, fmt::format("Can't split Logical Volume {} between two Volume Groups", first.name));
    for (std::size_t position : group.lvs) {
      const model::Lv& lv = before.lvs[position];
      if (activate::is_up(context.world, before, lv))
        return fail(Code::busy, fmt::format("Logical volume {}/{} must be inactive.", before.name, lv.name));
      if (lv.has_unknown_segments())
        return fail(Code::unsupported, fmt::format("Logical volume {}/{} has a segment of a type that this program "
                                                   "does not know, so that it cannot move.",
                                                   before.name, lv.name));
      moves[position] = true;
    }
  }
  std::vector<model::Lv> out;
  after.lvs.clear();
  for (std::size_t i = 0; i < before.lvs.size(); ++i) (moves[i] ? out : after.lvs).push_back(before.lvs[i]);
  return out;
}

Result<> check_areas(const Context& context, const Vg& vg, std::string_view which) {
  if (!areas_of(context, vg).empty()) return {};
  return fail(Code::refused, fmt::format("Cannot split: Nowhere to store metadata for {} Volume Group", which));
}

step::Stage stage_of(const Context& context, model::VgPtr before, Vg after) {
  std::vector<step::AreaUse> area_use = choose_area_use(areas_of(context, after), after.metadata_copies);
  if (after.metadata_copies == kAllCopies) after.metadata_copies = 0;
  step::Stage stage = metadata_stage(std::move(before), std::move(after));
  set_area_use(stage, std::move(area_use));
  return stage;
}

}  // namespace

Result<step::Plan> vg_split(const Context& context, const world::VgView& from, const world::VgView* to,
                            const VgSplitRequest& request) {
  TRY(check_writable(context, from));
  if (to) {
    TRY(check_writable(context, *to));
    if (request.max_lv || request.max_pv || request.metadata_copies || request.allocation)
      return fail(Code::refused,
                  fmt::format("Volume group \"{}\" exists, but new VG option specified", request.new_name));
    TRY(check_resizeable(*to));
    // Of a VG that is there already the reference is stricter than of a new one.
    TRY(check_inactive(context, *from.vg));
  }
  TRY(check_resizeable(from));
  if (request.allocation == model::Allocation::inherit)
    return fail(Code::usage, "Volume Group allocation policy cannot inherit from anything");
  Vg target = to ? *to->vg : new_vg(context, *from.vg, request);
  TRY(check_extent_sizes(target, *from.vg));
  std::vector<PvId> pvs = TRY(pvs_to_move(*from.vg, request));
  Vg rest = *from.vg;
  std::vector<model::Lv> moving = TRY(take_out_lvs(context, *from.vg, pvs, rest));
  // The VG that takes them keeps its own spare.
  if (find_spare(target)) std::erase_if(moving, model::is_pool_spare);
  TRY(check_limits(target, *from.vg, pvs.size(), moving.size()));
  TRY(check_names(target, *from.vg, moving));
  for (PvId pv : pvs) target.pvs.push_back(*from.vg->find_pv(pv));
  std::erase_if(rest.pvs, [&](const model::Pv& pv) { return contains(pvs, pv.id); });
  take_lvs(context, target, std::move(moving));
  bool left_gained = false;
  if (!request.spare) warn_of_no_spare(context);
  if (request.spare && !rest.pvs.empty()) left_gained = TRY(give_spare(context, rest));
  TRY(check_areas(context, target, to ? "existing" : "new"));
  if (!rest.pvs.empty()) TRY(check_areas(context, rest, "existing"));

  step::Plan plan;
  Vg exported = target;
  exported.flags.set(model::VgFlag::exported);
  plan.stages.push_back(stage_of(context, to ? to->vg : nullptr, std::move(exported)));
  model::VgPtr written = plan.stages.back().after;
  plan.stages.push_back(rest.pvs.empty() ? gone(from.vg) : stage_of(context, from.vg, std::move(rest)));
  model::VgPtr left = plan.stages.back().after;
  target.metadata_copies = written->metadata_copies;
  bool gained = false;
  if (request.spare) gained = TRY(give_spare(context, target));
  plan.stages.push_back(metadata_stage(written, std::move(target)));
  // As in the reference, a spare takes a change of its own.
  if (left && left_gained) plan.stages.push_back(metadata_stage(left, Vg(*left)));
  if (gained) plan.stages.push_back(metadata_stage(plan.stages[2].after, Vg(*plan.stages[2].after)));
  plan.stages.back().steps.emplace_back(print(fmt::format("{} volume group \"{}\" successfully split from \"{}\"",
                                                          to ? "Existing" : "New", request.new_name, from.vg->name)));
  return plan;
}

Result<step::Plan> vg_merge(const Context& context, const world::VgView& to, const world::VgView& from, bool spare) {
  TRY(check_writable(context, to));
  TRY(check_writable(context, from));
  TRY(check_inactive(context, *from.vg));
  step::Plan plan;
  model::VgPtr target = to.vg, leaving = from.vg;
  drop_a_spare(plan, target, leaving);
  const Vg& source = *leaving;
  Vg after = *target;
  TRY(check_extent_sizes(after, source));
  TRY(check_limits(after, source, source.pvs.size(), model::visible_lv_count(source)));
  TRY(check_names(after, source, source.lvs));
  after.pvs.insert(after.pvs.end(), source.pvs.begin(), source.pvs.end());
  take_lvs(context, after, source.lvs);
  for (const std::string& tag : source.tags)
    if (std::ranges::find(after.tags, tag) == after.tags.end()) after.tags.push_back(tag);
  if (!spare) warn_of_no_spare(context);
  plan.stages.push_back(stage_of(context, target, std::move(after)));
  plan.stages.push_back(gone(leaving));
  plan.stages.back().steps.emplace_back(
      print(fmt::format("Volume group \"{}\" successfully merged into \"{}\"", source.name, to.vg->name)));
  return plan;
}

}  // namespace lvm::plan
