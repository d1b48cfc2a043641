// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/thin.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/live.h"
#include "model/names.h"
#include "model/relations.h"
#include "plan/change_stage.h"
#include "plan/lv_history.h"
#include "plan/new_lv.h"
#include "plan/thin_messages.h"
#include "plan/thin_stages.h"

namespace lvm::plan::convert {
namespace {

using model::Lv;
using model::LvFlag;
using model::Thin;
using model::Vg;

std::string full_name(const Vg& vg, const Lv& lv) { return fmt::format("{}/{}", vg.name, lv.name); }

// A volume that is up goes down, with a stage of its own.
Result<bool> take_down(Stages& stages, LvId id) {
  const Lv& lv = *stages.vg().find_lv(id);
  if (!activate::is_up(stages.world(), stages.vg(), lv)) return false;
  auto down = TRY(activate::deactivate(stages.world(), stages.vg(), lv, stages.context().config));
  down.emplace_back(step::Settle{});
  stages.add_steps(std::move(down));
  return true;
}

// The origin gets what the snapshot has; what was the origin's is forgotten by the pool.
Vg replaced(const Vg& vg, LvId origin_id, LvId snapshot_id) {
  Vg after = vg;
  Lv& origin = *after.find_lv(origin_id);
  Thin& thin = *origin.as<Thin>();
  const Thin& merged = *vg.find_lv(snapshot_id)->as<Thin>();
  queue_thin_message(*after.find_lv(thin.pool), {{}, thin.device_id});
  thin.device_id = merged.device_id;
  thin.transaction_id = merged.transaction_id;
  thin.external_origin = merged.external_origin;
  origin.segments.front().count = vg.find_lv(snapshot_id)->extents();
  for (Lv& lv : after.lvs)
    for (model::Segment& segment : lv.segments)
      if (std::holds_alternative<Thin>(segment.body) && lv.id != origin_id)
        model::replace_reference(segment.body, snapshot_id, origin_id);
  std::erase_if(after.lvs, [&](const Lv& lv) { return lv.id == snapshot_id; });
  return after;
}

// The merge waits: the snapshot can no longer be used.
Result<step::Plan> put_off(const Context& context, const world::VgView& view, const Lv& origin, const Lv& snapshot) {
  Stages stages(context, view);
  TRY(take_down(stages, snapshot.id));
  Vg after = *view.vg;
  Lv& lv = *after.find_lv(snapshot.id);
  lv.as<Thin>()->merge = origin.id;
  lv.flags.clear(LvFlag::visible);
  stages.add(std::move(after), {},
             {step::Step(print(fmt::format("Merging of thin snapshot {} will occur on next activation of {}.",
                                           full_name(*view.vg, snapshot), full_name(*view.vg, origin))))});
  return stages.finish();
}

}  // namespace

Result<step::Plan> merge_thin(const Context& context, const world::VgView& view, LvId id) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  const Lv& snapshot = *vg.find_lv(id);
  const Thin& thin = *snapshot.as<Thin>();
  LvId origin_id = thin.merge ? thin.merge : thin.origin;
  const Lv* origin = origin_id ? vg.find_lv(origin_id) : nullptr;
  if (!origin || !origin->as<Thin>())
    return fail(Code::refused, fmt::format("\"{}\" is not a mergeable logical volume.", full_name(vg, snapshot)));
  TRY(activate::check_unused(context.world, vg, snapshot));
  if (activate::in_use(context.world, vg, *origin)) {
    if (thin.merge)
      return fail(Code::refused,
                  fmt::format("{} is already going to replace {}.", full_name(vg, snapshot), origin->name));
    context.note(print("Delaying merge since origin volume is open."));
    return put_off(context, view, *origin, snapshot);
  }
  Stages stages(context, view);
  bool was_up = TRY(take_down(stages, origin_id));
  TRY(take_down(stages, id));
  ThinChange change{.pool = thin.pool, .origin = {}, .up = {}, .made = {}, .report = {}};
  if (was_up) change.up = origin_id;
  change.report = fmt::format("Volume {} replaced origin {}.", full_name(vg, snapshot), full_name(vg, *origin));
  Vg merged = replaced(vg, origin_id, id);
  if (context.config.flag("metadata/record_lvs_history")) {
    LvHistory history(vg);
    history.merge(snapshot, origin->name, context.now);
    history.store(merged);
  }
  TRY(add_thin_stages(stages, std::move(merged), change));
  return stages.finish();
}

std::vector<LvId> put_off_thin_merges(const world::World& world, const Vg& vg, LvId origin) {
  std::vector<LvId> out;
  const Lv* lv = vg.find_lv(origin);
  if (!lv || activate::is_up(world, vg, *lv)) return out;
  for (const Lv& other : vg.lvs) {
    const auto* thin = other.as<Thin>();
    if (thin && thin->merge == origin) out.push_back(other.id);
  }
  return out;
}

Result<step::Plan> to_thin(const Context& context, const world::VgView& view, const ThinRequest& request) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  const Lv& lv = *vg.find_lv(request.lv);
  const Lv* pool = vg.find_lv(request.pool);
  if (!pool || !pool->as<model::ThinPool>())
    return fail(Code::not_found, fmt::format("Thin pool {}/{} not found.", vg.name, request.pool));
  if (!lv.visible()) return std::unexpected(hidden_lv(vg, lv));
  if (!request.origin_name.empty()) {
    TRY(model::check_new_lv_name(request.origin_name));
    if (vg.find_lv(request.origin_name))
      return fail(Code::exists, fmt::format("Logical Volume \"{}\" already exists in volume group \"{}\"",
                                            request.origin_name, vg.name));
  }

  // An empty thin volume first, under the name that the origin will have.
  Vg after = vg;
  Lv made = new_lv(context, request.origin_name.empty() ? model::next_lv_name(vg) : request.origin_name);
  TRY(model::check_name_lengths(vg.name, made.name));
  Thin thin;
  thin.pool = pool->id;
  thin.transaction_id = pool->as<model::ThinPool>()->transaction_id;
  thin.device_id = TRY(next_thin_id(vg, pool->id));
  made.segments.push_back({Extents(), lv.extents(), {}, thin, {}, {}});
  LvId made_id = made.id;
  std::string made_name = made.name;
  after.lvs.push_back(std::move(made));
  queue_thin_message(*after.find_lv(pool->id), {made_id, 0});
  warn_of_overprovisioning(context, after, pool->id);
  Stages stages(context, view);
  ThinChange change{.pool = pool->id, .origin = {}, .up = {}, .made = made_id, .report = {}};
  change.report = fmt::format("Logical volume \"{}\" created.", made_name);
  TRY(add_thin_stages(stages, std::move(after), change));

  // Then the two change places.
  Vg swapped = stages.vg();
  Lv& volume = *swapped.find_lv(lv.id);
  Lv& origin = *swapped.find_lv(made_id);
  std::swap(volume.segments, origin.segments);
  volume.as<Thin>()->external_origin = made_id;
  origin.flags.clear(LvFlag::write);
  std::swap(volume, origin);  // also in the order of the text
  TRY(add_change(
      stages, std::move(swapped), lv.id,
      {fmt::format("Converted {} to thin volume with external origin {}/{}.", full_name(vg, lv), vg.name, made_name)},
      false));
  return stages.finish();
}

Result<step::Plan> swap_metadata(const Context& context, const world::VgView& view, LvId pool_id,
                                 const std::string& name) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  const Lv& pool = *vg.find_lv(pool_id);
  const Lv* other = vg.find_lv(name);
  if (!other) return fail(Code::not_found, fmt::format("Unknown pool metadata LV {}.", name));
  if (!other->visible() || !other->as<model::Striped>())
    return fail(Code::refused, fmt::format("Pool metadata LV {} must be a linear or striped volume that is not in use.",
                                           full_name(vg, *other)));
  model::Relations relations(vg);
  for (std::uint32_t part : relations.with_parts(relations.position(pool_id)))
    if (activate::is_up(context.world, vg, vg.lvs[part]))
      return fail(Code::refused, fmt::format("Cannot convert pool {} with active volumes.", full_name(vg, pool)));
  for (std::uint32_t user : relations.dependents(relations.position(pool_id)))
    if (activate::is_up(context.world, vg, vg.lvs[user]))
      return fail(Code::refused, fmt::format("Cannot convert pool {} with active volumes.", full_name(vg, pool)));
  if (activate::is_up(context.world, vg, *other))
    return fail(Code::refused, fmt::format("Cannot swap active pool metadata LV {}.", full_name(vg, *other)));
  bool thin = pool.as<model::ThinPool>() != nullptr;
  LvId now = thin ? pool.as<model::ThinPool>()->metadata : pool.as<model::CachePool>()->metadata;

  Vg after = vg;
  Lv& old = *after.find_lv(now);
  Lv& fresh = *after.find_lv(other->id);
  std::swap(old.name, fresh.name);
  old.flags.set(LvFlag::visible);
  fresh.flags.clear(LvFlag::visible);
  Lv& changed = *after.find_lv(pool_id);
  (thin ? changed.as<model::ThinPool>()->metadata : changed.as<model::CachePool>()->metadata) = other->id;
  Stages stages(context, view);
  stages.plan().questions.push_back(
      {fmt::format("Do you want to swap metadata of {} pool with metadata volume {}? [y/n]: ", full_name(vg, pool),
                   full_name(vg, *other)),
       "Conversion aborted."});
  stages.add(std::move(after), {}, {});
  return stages.finish();
}

}  // namespace lvm::plan::convert
