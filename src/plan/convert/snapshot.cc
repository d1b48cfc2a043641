// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/snapshot.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/foresee.h"
#include "activate/live.h"
#include "model/names.h"
#include "plan/cow.h"
#include "plan/new_lv.h"
#include "plan/stages.h"
#include "plan/wipe_alone.h"

namespace lvm::plan::convert {
namespace {

using model::Lv;
using model::LvFlag;
using model::Relations;
using model::Vg;

constexpr Sectors kDefaultChunk{8};
constexpr Bytes kWipedHead{4096};

void erase(Vg& vg, LvId id) {
  std::erase_if(vg.lvs, [&](const Lv& lv) { return lv.id == id; });
}

// The VG with the store on its own, and the devices of both around the commit.
Result<> add_split(Stages& stages, const Lv& holder, std::vector<std::string> reports) {
  const auto& snapshot = *holder.as<model::Snapshot>();
  Vg after = stages.vg();
  erase(after, holder.id);
  after.find_lv(snapshot.store)->flags.set(LvFlag::visible);
  LvId both[] = {snapshot.origin, snapshot.store};
  auto change = TRY(
      activate::change_together(stages.world(), stages.view(), stages.vg(), after, both, stages.context().config, {}));
  std::vector<step::Step> behind = std::move(change.after);
  if (!behind.empty()) behind.emplace_back(step::Settle{});
  for (std::string& report : reports) behind.emplace_back(print(std::move(report)));
  stages.add(std::move(after), std::move(change.before), std::move(behind));
  return {};
}

Result<const Lv*> holder_of(const Relations& relations, LvId store) {
  const Lv& lv = *relations.vg().find_lv(store);
  if (const Lv* holder = holder_of_store(relations, lv)) return holder;
  return fail(Code::refused, fmt::format("{}/{} is not a snapshot.", relations.vg().name, lv.name));
}

Result<> check_store(const Relations& relations, const Lv& origin, const Lv& store) {
  const Vg& vg = relations.vg();
  if (origin.id == store.id)
    return fail(Code::refused,
                fmt::format("Cannot use logical volume {}/{} as its own snapshot.", vg.name, store.name));
  bool plain = store.as<model::Striped>() && store.visible() && !holder_of_store(relations, store) &&
               !has_cow_snapshots(relations, store);
  if (!plain)
    return fail(Code::refused, fmt::format("Unable to convert an LV into a snapshot of a {} LV.",
                                           store.as<model::Striped>() ? "used" : "non-linear"));
  if (holder_of_store(relations, origin)) return fail(Code::refused, "Snapshots of snapshots are not supported.");
  if (!origin.visible() || origin.as<model::ThinPool>() || origin.as<model::CachePool>() ||
      origin.has_unknown_segments())
    return fail(Code::refused, fmt::format("Unable to convert {}/{}: its origin would be of a kind that cannot have "
                                           "snapshots.",
                                           vg.name, store.name));
  return {};
}

}  // namespace

Result<step::Plan> split_snapshot(const Context& context, const world::VgView& view, LvId store) {
  TRY(check_writable(context, view));
  Relations relations(*view.vg);
  const Lv* holder = TRY(holder_of(relations, store));
  const auto& snapshot = *holder->as<model::Snapshot>();
  const Lv& lv = *view.vg->find_lv(store);
  std::string name = fmt::format("{}/{}", view.vg->name, lv.name);
  if (snapshot.merging) return fail(Code::refused, fmt::format("Unable to split {} while it is being merged.", name));
  if (!view.vg->find_lv(snapshot.origin)->visible())
    return fail(Code::refused, fmt::format("Unable to split {}: it has no origin but zeros.", name));
  TRY(activate::check_unused(context.world, *view.vg, lv));
  Stages stages(context, view);
  if (activate::is_up(context.world, *view.vg, lv))
    stages.plan().questions.push_back(
        {fmt::format("Do you really want to split off active logical volume {}? [y/n]: ", name),
         fmt::format("Logical volume {} not split.", name)});
  TRY(add_split(stages, *holder, {fmt::format("Logical Volume {} split from its origin.", name)}));
  return stages.finish();
}

Result<step::Plan> combine_snapshot(const Context& context, const world::VgView& view, const CombineRequest& request) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  Relations relations(vg);
  const Lv& origin = *vg.find_lv(request.origin);
  const Lv& store = *vg.find_lv(request.store);
  TRY(check_store(relations, origin, store));
  std::string name = fmt::format("{}/{}", vg.name, store.name);
  TRY(activate::check_unused(context.world, vg, store));
  context.note(warn(fmt::format("WARNING: Converting logical volume {} to snapshot exception store.", name)));
  context.note(warn("THIS WILL DESTROY CONTENT OF LOGICAL VOLUME (filesystem etc.)"));
  Stages stages(context, view);
  stages.plan().questions.push_back(
      {fmt::format("Do you really want to convert {}? [y/n]: ", name), "Conversion aborted."});
  if (request.zero)
    stages.add_steps(TRY(wipe_alone(context, view, vg, store.id, kWipedHead)));
  else
    context.note(warn(fmt::format("WARNING: {} not zeroed.", name)));
  bool live = activate::is_up(stages.world(), vg, origin);
  if (!live && activate::is_up(stages.world(), vg, store)) {
    auto down = TRY(activate::deactivate(stages.world(), vg, store, context.config));
    down.emplace_back(step::Settle{});
    stages.add_steps(std::move(down));
  }

  Vg after = vg;
  Lv holder = new_lv(context, model::next_lv_name(vg, "snapshot"), Seen::hidden);
  model::Snapshot body{origin.id, store.id, request.chunk_size.value_or(kDefaultChunk), false};
  holder.segments.push_back({Extents(), origin.extents(), {}, body, {}, {}});
  after.lvs.push_back(std::move(holder));
  activate::Options options;
  options.freeze = true;
  LvId both[] = {origin.id, store.id};
  activate::Change change;
  if (live) change = TRY(activate::change_together(stages.world(), view, vg, after, both, context.config, options));
  change.after.emplace_back(step::Settle{});
  change.after.emplace_back(print(fmt::format("Logical volume {} converted to snapshot.", name)));
  stages.add_revocable(std::move(after), std::move(change.before), std::move(change.after));
  return stages.finish();
}

Result<step::Plan> merge_snapshot(const Context& context, const world::VgView& view, LvId store) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  Relations relations(vg);
  const Lv* holder = TRY(holder_of(relations, store));
  const auto& snapshot = *holder->as<model::Snapshot>();
  const Lv& origin = *vg.find_lv(snapshot.origin);
  const Lv& lv = *vg.find_lv(store);
  std::string name = fmt::format("{}/{}", vg.name, lv.name), origin_name = fmt::format("{}/{}", vg.name, origin.name);
  if (snapshot.merging) return fail(Code::refused, fmt::format("Snapshot {} is already merging.", lv.name));
  if (!origin.visible())
    return fail(Code::refused, fmt::format("Unable to merge {}: it has no origin but zeros.", name));
  if (!merging_stores(vg, origin.id).empty())
    return fail(
        Code::refused,
        fmt::format("Cannot merge snapshot {} into origin {}, which has another merging snapshot.", name, origin_name));
  bool live = activate::is_up(context.world, vg, origin);
  bool origin_open = live && activate::in_use(context.world, vg, origin),
       snapshot_open = live && activate::in_use(context.world, vg, lv);
  if (origin_open) context.note(print("Delaying merge since origin is open."));
  if (snapshot_open && !origin_open) context.note(print("Delaying merge since snapshot is open."));
  bool now = live && !origin_open && !snapshot_open;

  Vg after = vg;
  after.find_lv(holder->id)->as<model::Snapshot>()->merging = true;
  after.find_lv(store)->flags.clear(LvFlag::visible);
  Stages stages(context, view);
  activate::Change change;
  if (live) {
    activate::Options options;
    options.begin_merge = now;
    change = TRY(
        activate::change_together(context.world, view, vg, after, std::span(&origin.id, 1), context.config, options));
    change.after.emplace_back(step::Settle{});
  }
  change.after.emplace_back(
      print(now ? fmt::format("Merging of volume {} started.", name)
                : fmt::format("Merging of snapshot {} will occur on next activation of {}.", name, origin_name)));
  stages.add_revocable(std::move(after), std::move(change.before), std::move(change.after));
  return stages.finish();
}

Result<step::Plan> finish_merge(const Context& context, const world::VgView& view, LvId store, bool quiet) {
  TRY(check_writable(context, view));
  Relations relations(*view.vg);
  const Lv* holder = TRY(holder_of(relations, store));
  const Lv& origin = *view.vg->find_lv(holder->as<model::Snapshot>()->origin);
  Stages stages(context, view);
  TRY(add_split(stages, *holder, {}));
  Vg after = stages.vg();
  std::string name = after.find_lv(store)->name;
  auto down = TRY(activate::deactivate(stages.world(), after, *after.find_lv(store), context.config));
  if (!down.empty()) {
    down.emplace_back(step::Settle{});
    stages.add_steps(std::move(down));
  }
  erase(after, store);
  std::vector<step::Step> said;
  if (!quiet) {
    said.emplace_back(
        print(fmt::format("Merge of snapshot into logical volume {}/{} has finished.", view.vg->name, origin.name)));
    said.emplace_back(print(fmt::format("Logical volume \"{}\" successfully removed.", name)));
  }
  stages.add(std::move(after), {}, std::move(said));
  return stages.finish();
}

std::vector<LvId> merging_stores(const Vg& vg, LvId origin) {
  std::vector<LvId> out;
  for (const Lv& lv : vg.lvs) {
    const auto* snapshot = lv.as<model::Snapshot>();
    if (snapshot && snapshot->merging && snapshot->origin == origin) out.push_back(snapshot->store);
  }
  return out;
}

}  // namespace lvm::plan::convert
