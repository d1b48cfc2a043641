// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/lv_change.h"

#include <fmt/format.h>

#include "activate/activate.h"
#include "activate/difference.h"
#include "activate/foresee.h"
#include "activate/live.h"
#include "activate/reconcile.h"
#include "model/names.h"
#include "plan/cow.h"
#include "plan/stages.h"

namespace lvm::plan {
namespace {

using model::Lv;
using model::LvFlag;
using model::Vg;

std::string_view allocation_name(model::Allocation allocation) {
  switch (allocation) {
    case model::Allocation::contiguous: return "contiguous";
    case model::Allocation::cling: return "cling";
    case model::Allocation::normal: return "normal";
    case model::Allocation::anywhere: return "anywhere";
    case model::Allocation::inherit: return "inherit";
  }
  return "?";
}

// LVM refuses some changes to what is already so.
Result<> check_changes_something(const Vg& vg, const Lv& lv, const LvAttributes& wanted) {
  std::string name = fmt::format("{}/{}", vg.name, lv.name);
  if (wanted.writable && *wanted.writable == lv.writable())
    return fail(Code::refused, lv.writable() ? fmt::format("Logical volume {} is already writable.", name)
                                             : fmt::format("Logical volume \"{}\" is already read only.", name));
  if (wanted.allocation && *wanted.allocation == lv.allocation)
    return fail(Code::refused, fmt::format("Allocation policy of logical volume {} is already {}.", name,
                                           allocation_name(lv.allocation)));
  if (wanted.read_ahead && *wanted.read_ahead == lv.read_ahead)
    return fail(Code::refused, lv.read_ahead == Lv::kReadAheadAuto
                                   ? fmt::format("Read ahead is already auto for {}.", name)
                                   : fmt::format("Read ahead is already {} for {}.", lv.read_ahead, name));
  if (wanted.persistent && !*wanted.persistent && !lv.flags.has(LvFlag::fixed_minor))
    return fail(Code::refused, fmt::format("Minor number is already not persistent for {}.", name));
  return {};
}

// Parts are changed with what they belong to; the data of a thin pool is a volume with attributes of its own.
Result<> check_hidden(const Vg& vg, const Lv& lv) {
  if (lv.visible()) return {};
  model::Relations relations(vg);
  const model::Relation* up = relations.part_of(relations.position(lv));
  if (up && up->role == model::Role::thin_pool_data) return {};
  if (up && up->role == model::Role::mirror_log)
    return fail(Code::refused,
                fmt::format("Command on LV {0}/{1} is invalid on LV with properties: lv_is_mirror_log .\n"
                            "Command not permitted on LV {0}/{1}.",
                            vg.name, lv.name));
  return std::unexpected(hidden_lv(vg, lv));
}

// What cannot be changed of some kinds.
Result<> check_kind(const Vg& vg, const Lv& lv, const LvAttributes& wanted) {
  TRY(check_hidden(vg, lv));
  bool thin_pool = lv.as<model::ThinPool>(), pool = thin_pool || lv.as<model::CachePool>();
  std::string why;
  if (wanted.writable && thin_pool)
    why = "uses options invalid with LV type thinpool.";
  else if (wanted.persistent == true && pool)
    why = fmt::format("with invalid LV type {}.", thin_pool ? "thinpool" : "cachepool");
  else if ((wanted.allocation || wanted.read_ahead) && has_cow_snapshots(model::Relations(vg), lv))
    why = "uses options that are invalid with LV properties: lv_is_thick_origin .";
  if (why.empty()) return {};
  return fail(Code::refused,
              fmt::format("Command on LV {0}/{1} {2}\nCommand not permitted on LV {0}/{1}.", vg.name, lv.name, why));
}

// A new device number needs a new device: the volume goes down, changes, and comes up again.
Result<step::Plan> renumber(const Context& context, const world::VgView& view, const Lv& old_lv, Vg after,
                            const Lv& new_lv, bool yes) {
  const Vg& vg = *view.vg;
  step::Plan plan;
  if (!yes)
    plan.questions.push_back(
        {fmt::format("Logical volume {}/{} will be deactivated temporarily. Continue? [y/n]: ", vg.name, old_lv.name),
         fmt::format("{}/{} device number not changed.", vg.name, old_lv.name)});
  std::vector<step::Step> down = TRY(activate::deactivate(context.world, vg, old_lv, context.config));
  down.emplace_back(step::Settle{});
  world::World without = context.world;
  activate::foresee(without, down);
  std::vector<step::Step> up = TRY(activate::activate(without, view, after, new_lv, context.config, {}));
  up.emplace_back(step::Settle{});
  plan.stages.push_back({view.vg, view.vg, std::move(down), {}});
  step::Stage stage = metadata_stage(view.vg, std::move(after), {}, std::move(up));
  plan.stages.push_back(std::move(stage));
  return plan;
}

}  // namespace

Result<step::Plan> lv_change(const Context& context, const world::VgView& view, const LvChangeRequest& request) {
  // Tags are no matter of PVs that are missing.
  TRY(check_writable(context, view, {.missing_pvs = request.raid.empty() && request.attributes.has_tags_alone()}));
  const Vg& vg = *view.vg;
  const Lv& lv = *vg.find_lv(request.lv);
  if (request.attributes.writable && lv.has_unknown_segments())
    return fail(Code::unsupported,
                fmt::format("Cannot change permission of {}/{}: it has segments of a type this program does not know.",
                            vg.name, lv.name));
  TRY(check_kind(vg, lv, request.attributes));
  TRY(check_changes_something(vg, lv, request.attributes));
  Vg after = vg;
  mark_missing(view, after);
  Lv& changed = *after.find_lv(lv.id);
  TRY(apply_attributes(context, request.attributes, changed));
  if (!request.raid.empty()) TRY(apply_raid_settings(context, request.raid, after, lv.id));
  Lv new_lv = changed;
  step::Say done = print(fmt::format("Logical volume {}/{} changed.", vg.name, lv.name));
  if (new_lv == lv && request.raid.empty() && !request.attributes.profile)
    return step::Plan{.stages = {{view.vg, view.vg, {done}, {}}}};
  if (request.attributes.persistent == true && activate::is_up(context.world, vg, lv))
    return renumber(context, view, lv, std::move(after), new_lv, request.yes);
  // What is no part of a table loads none: a metadata profile counts for those that are loaded later.
  Lv with_words = lv;
  with_words.profile = new_lv.profile;
  with_words.tags = new_lv.tags;
  activate::Change change;
  if (with_words != new_lv || !request.raid.empty()) {
    change =
        TRY(activate::change_together(context.world, view, vg, after, changing_with(vg, lv.id), context.config, {}));
  }
  std::vector<step::Step> behind = std::move(change.after);
  behind.emplace_back(step::Settle{});
  step::Stage stage = metadata_stage(view.vg, std::move(after), std::move(change.before), std::move(behind));
  // LVM says nothing when it gives an inactive volume its numbers.
  if (!(request.attributes.persistent == true)) stage.steps.emplace_back(std::move(done));
  step::Plan plan;
  plan.stages.push_back(std::move(stage));
  return plan;
}

Result<step::Plan> lv_activate(const Context& context, const world::VgView& view, const LvActivateRequest& request) {
  const Vg& vg = *view.vg;
  if (view.unusable) return fail(Code::corrupt, *view.unusable);
  bool up = request.activation != Activation::no;
  if (up) TRY(check_writable(context, view, {.missing_pvs = true, .read_only = true}));
  step::Plan plan;
  plan.keep_going = true;
  model::Relations relations(vg);
  activate::Options options;
  options.partial = request.partial;
  options.complete = request.complete;
  options.relations = &relations;
  // Volumes that share devices are planned one behind the other.
  std::optional<world::World> foreseen;
  if (!relations.empty()) foreseen = context.world;
  const world::World& world = foreseen ? *foreseen : context.world;
  for (LvId id : request.lvs) {
    const Lv& lv = *vg.find_lv(id);
    if (up) {
      // It has no device: its parts come up with what it caches.
      if (lv.as<model::CachePool>()) continue;
      if (lv.flags.has(LvFlag::activation_skip) && !request.ignore_activation_skip) continue;
      if (request.activation == Activation::automatic &&
          !activate::auto_activates(context.config, context.world.host, vg, lv))
        continue;
      if (!activate::permitted(context.config, context.world.host, vg, lv)) {
        context.note(
            verbose(fmt::format("Not activating {}/{} since it does not pass activation filter.", vg.name, lv.name)));
        continue;
      }
    }
    options.component = request.components && !lv.visible();
    options.unmonitored = request.unmonitored && up && !activate::is_up(world, vg, lv);
    if (options.unmonitored && lv.as<model::Mirror>()) warn_unmonitored(context, vg, lv);
    // A part that others lie on goes down with them.
    auto unused = up || lv.visible() ? Result<>() : activate::check_unused(world, vg, lv);
    if (!unused) {
      plan.failures.push_back(std::move(unused).error());
      continue;
    }
    auto steps = up ? activate::activate(world, view, vg, lv, context.config, options)
                    : activate::deactivate(world, vg, lv, context.config, &relations);
    if (!steps) {
      // Origins and their snapshots go down together, or not for one reason.
      if (plan.failures.empty() || plan.failures.back().text() != steps.error().text())
        plan.failures.push_back(std::move(steps).error());
      continue;
    }
    if (steps->empty()) continue;
    if (foreseen) activate::foresee(*foreseen, *steps);
    plan.stages.push_back({view.vg, view.vg, std::move(*steps), {}});
  }
  if (!plan.stages.empty()) plan.stages.push_back({view.vg, view.vg, {step::Step(step::Settle{})}, {}});
  return plan;
}

Result<step::Plan> lv_refresh(const Context& context, const world::VgView& view, const std::vector<LvId>& lvs,
                              bool partial) {
  TRY(check_writable(context, view, {.missing_pvs = true, .read_only = true}));
  const Vg& vg = *view.vg;
  step::Plan plan;
  plan.keep_going = true;
  activate::Options options;
  options.partial = partial;
  for (LvId id : lvs) {
    const Lv& lv = *vg.find_lv(id);
    if (!activate::is_up(context.world, vg, lv)) continue;
    auto wanted = activate::wanted(context.world, view, vg, lv, context.config, options);
    if (!wanted) {
      plan.failures.push_back(std::move(wanted).error());
      continue;
    }
    std::vector<step::Step> steps;
    for (const activate::WantedDevice& device : *wanted)
      steps.emplace_back(step::LoadTable{device.uuid, device.name, device.table, device.read_only});
    for (auto device = wanted->rbegin(); device != wanted->rend(); ++device)
      steps.emplace_back(step::Suspend{device->uuid, device->name, {.flush = true, .freeze = false}});
    // A new table makes the kernel choose its read-ahead anew.
    for (const activate::WantedDevice& device : *wanted) {
      steps.emplace_back(step::Resume{device.uuid, device.name, device.udev, device.link});
      if (auto read_ahead = activate::read_ahead_step(device, context.config)) steps.push_back(std::move(*read_ahead));
    }
    plan.stages.push_back({view.vg, view.vg, std::move(steps), {}});
  }
  if (!plan.stages.empty()) plan.stages.push_back({view.vg, view.vg, {step::Step(step::Settle{})}, {}});
  return plan;
}

bool is_troubled(const Context& context, const world::VgView& view) {
  return !view.unusable && activate::troubled(context.world, *view.vg);
}

Result<step::Plan> recover(const Context& context, const world::VgView& view) {
  step::Plan plan;
  if (view.unusable) return plan;
  std::vector<step::Step> steps = TRY(activate::recover(context.world, view, context.config));
  std::string_view done = "Resuming devices of volume group {} that an interrupted command left suspended.";
  if (steps.empty()) {
    steps = activate::reconcile(context.world, view, context.config);
    done = "Loading tables of volume group {} that an interrupted command left unlike its metadata.";
  }
  if (steps.empty()) return plan;
  plan.keep_going = true;
  plan.notes.push_back(warn("WARNING: " + fmt::format(fmt::runtime(done), view.vg->name)));
  steps.emplace_back(step::Settle{});
  plan.stages.push_back({view.vg, view.vg, std::move(steps), {}});
  return plan;
}

}  // namespace lvm::plan
