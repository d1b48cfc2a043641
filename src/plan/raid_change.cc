// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/raid_change.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/live.h"
#include "plan/convert/integrity.h"
#include "plan/images.h"
#include "segment/kind.h"

namespace lvm::plan {
namespace {

using model::Lv;
using model::LvFlag;
using model::Raid;
using model::Vg;

std::unexpected<Error> not_of_type(const Vg& vg, const Lv& lv) {
  std::string name = fmt::format("{}/{}", vg.name, lv.name);
  return fail(Code::refused,
              fmt::format("Command on LV {} does not accept LV type {}.\nCommand not permitted on LV {}.", name,
                          segment::type_word(lv.segments.front()), name));
}

std::unexpected<Error> options_need(const Vg& vg, const Lv& lv, std::string_view type) {
  std::string name = fmt::format("{}/{}", vg.name, lv.name);
  return fail(Code::refused, fmt::format("Command on LV {} uses options that require LV types {} .\n"
                                         "Command not permitted on LV {}.",
                                         name, type, name));
}

Result<PvId> pv_named(const Context& context, const Vg& vg, const std::string& name) {
  const world::PvDevice* device = context.world.find_pv(name);
  if (!device || !vg.find_pv(device->id))
    return fail(Code::not_found, fmt::format("{} not found in volume group, {}", name, vg.name));
  return device->id;
}

Result<> set_write_mostly(const Context& context, const WriteMostly& wanted, Vg& vg, const Lv& raid) {
  PvId pv = TRY(pv_named(context, vg, wanted.pv));
  for (std::size_t i = 0; i < raid.as<Raid>()->areas.size(); ++i) {
    Lv& image = *vg.find_lv(image_of(raid, i));
    if (!lies_on(vg, image, pv)) continue;
    bool on = wanted.wanted == WriteMostly::Wanted::toggle ? !image.flags.has(LvFlag::write_mostly)
                                                           : wanted.wanted == WriteMostly::Wanted::yes;
    image.flags.set(LvFlag::write_mostly, on);
  }
  return {};
}

// Images on these PVs, by position.
Result<std::vector<std::size_t>> images_on(const Context& context, const Vg& vg, const Lv& lv,
                                           const std::vector<std::string>& pvs) {
  std::vector<std::size_t> out;
  std::vector<PvId> ids;
  for (const std::string& name : pvs) {
    PvId id = TRY(pv_named(context, vg, name));
    ids.push_back(id);
  }
  for (std::size_t i = 0; i < lv.as<Raid>()->areas.size(); ++i)
    if (std::ranges::any_of(ids, [&](PvId id) { return lies_on(vg, *vg.find_lv(image_of(lv, i)), id); }))
      out.push_back(i);
  return out;
}

// How many images can be lost at once. The copies of a raid10 lie side by side.
bool can_rebuild(const Raid& raid, const std::vector<std::size_t>& images) {
  if (raid.type == model::RaidType::raid1) return images.size() < raid.areas.size();
  if (!raid.row().mirrored) return images.size() <= raid.row().parity;
  for (std::size_t group = 0; group < raid.areas.size(); group += raid.copies()) {
    auto lost = std::ranges::count_if(
        images, [&](std::size_t image) { return image >= group && image < group + raid.copies(); });
    if (static_cast<std::uint32_t>(lost) >= raid.copies()) return false;
  }
  return true;
}

// The parts that say what is in sync: metadata images, or the log.
std::vector<LvId> sync_parts(const Lv& lv) {
  if (const auto* raid = lv.as<Raid>()) return raid->metadata;
  const auto* mirror = lv.as<model::Mirror>();
  return mirror->log ? std::vector<LvId>{mirror->log} : std::vector<LvId>{};
}

}  // namespace

Result<> apply_raid_settings(const Context& context, const RaidSettings& settings, Vg& vg, LvId id) {
  Lv& lv = *vg.find_lv(id);
  auto* raid = lv.as<Raid>();
  bool is_raid1 = raid && raid->type == model::RaidType::raid1;
  if ((!settings.write_mostly.empty() || settings.write_behind) && !is_raid1) return options_need(vg, lv, "raid1");
  if (settings.min_recovery_rate || settings.max_recovery_rate) {
    if (!raid) return options_need(vg, lv, "raid");
    if (!raid->row().mirrored && raid->row().parity == 0)
      return fail(Code::refused, fmt::format("Logical volume {}/{} is {}: it has neither copies nor parity to recover, "
                                             "so that it has no recovery rate.",
                                             vg.name, lv.name, raid->row().name));
  }
  for (const WriteMostly& wanted : settings.write_mostly) TRY(set_write_mostly(context, wanted, vg, lv));
  if (settings.write_behind) raid->writebehind = *settings.write_behind;
  if (settings.min_recovery_rate) raid->min_recovery_rate = *settings.min_recovery_rate;
  if (settings.max_recovery_rate) raid->max_recovery_rate = *settings.max_recovery_rate;
  if (raid && raid->max_recovery_rate != 0 && raid->min_recovery_rate > raid->max_recovery_rate)
    return fail(Code::refused, "Minimum recovery rate cannot be higher than maximum.");
  return {};
}

Result<step::Plan> raid_sync_action(const Context& context, const world::VgView& view, LvId id,
                                    const std::string& action) {
  const Vg& vg = *view.vg;
  const Lv& lv = *vg.find_lv(id);
  if (!lv.as<Raid>()) return not_of_type(vg, lv);
  const world::LiveDevice* live = activate::own_device(context.world, vg, lv);
  if (!live) return fail(Code::refused, "Unable to send message to an inactive logical volume.");
  step::Plan plan;
  plan.stages.push_back({view.vg, view.vg, {step::Message{live->info.uuid, live->info.name, Sectors(), action}}, {}});
  return plan;
}

Result<step::Plan> raid_rebuild(const Context& context, const world::VgView& view, LvId id,
                                const std::vector<std::string>& pvs, bool yes) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  const Lv& lv = *vg.find_lv(id);
  const auto* raid = lv.as<Raid>();
  if (!raid || raid->metadata.empty() || raid->row().kernel_name == "raid0") return not_of_type(vg, lv);
  if (convert::integrity_of(vg, lv)) return fail(Code::refused, "Can't rebuild raid with integrity.");
  std::string name = fmt::format("{}/{}", vg.name, lv.name);
  if (!activate::is_up(context.world, vg, lv))
    return fail(Code::refused, fmt::format("{} must be active to perform this operation.", name));
  std::vector<std::size_t> images = TRY(images_on(context, vg, lv, pvs));
  if (images.empty())
    return fail(Code::refused, fmt::format("Logical volume {} does not contain devices specified to rebuild.", name));
  if (images.size() == raid->areas.size())
    return fail(Code::refused, fmt::format("Unable to rebuild all PVs from {} at once.", name));
  if (!can_rebuild(*raid, images))
    return fail(Code::refused, fmt::format("Unable to rebuild {} PVs from {} at once: too few images would be left.",
                                           images.size(), name));
  Stages stages(context, view);
  if (!yes)
    stages.plan().questions.push_back(
        {fmt::format("Do you really want to rebuild {} PVs of logical volume {} [y/n]: ", pvs.size(), name),
         fmt::format("Logical volume {} not rebuild.", name)});
  Vg marked = vg;
  for (std::size_t image : images) {
    marked.find_lv(image_of(lv, image))->flags.set(LvFlag::rebuild);
    marked.find_lv(raid->metadata[image])->flags.set(LvFlag::rebuild);
  }
  TRY(stages.change(std::move(marked), id));
  TRY(stages.change(Vg(vg), id));
  return stages.finish();
}

Result<step::Plan> resync(const Context& context, const world::VgView& view, LvId id, bool yes) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  const Lv& lv = *vg.find_lv(id);
  const auto* raid = lv.as<Raid>();
  if ((!raid || raid->row().kernel_name == "raid0") && !lv.as<model::Mirror>()) return not_of_type(vg, lv);
  std::string name = fmt::format("{}/{}", vg.name, lv.name);
  Stages stages(context, view);
  bool live = activate::is_up(context.world, vg, lv);
  if (live) {
    if (activate::own_device(context.world, vg, lv)->info.open_count > 0)
      return fail(Code::busy, fmt::format("Can't resync open logical volume {}.", name));
    if (!yes)
      stages.plan().questions.push_back(
          {fmt::format("Do you really want to deactivate logical volume {} to resync it? [y/n]: ", name),
           fmt::format("Logical volume {} not resynced.", name)});
    std::vector<step::Step> down = TRY(activate::deactivate(context.world, vg, lv, context.config));
    down.emplace_back(step::Settle{});
    stages.add_steps(std::move(down));
  }
  Vg after = vg;
  after.find_lv(id)->flags.clear(LvFlag::not_synced);
  std::vector<LvId> parts = sync_parts(lv);
  if (!parts.empty()) {
    Vg apart = after;
    apart.find_lv(id)->flags.set(LvFlag::activation_skip);
    for (LvId part : parts) apart.find_lv(part)->flags.set(LvFlag::visible);
    if (auto* mirror = apart.find_lv(id)->as<model::Mirror>()) mirror->log = LvId();
    TRY(clear_parts(stages, std::move(apart), parts, {.log = !raid}));
  }
  std::vector<step::Step> up;
  if (live) up = TRY(activate::activate(stages.world(), view, after, *after.find_lv(id), context.config, {}));
  up.emplace_back(step::Settle{});
  if (parts.empty() && after == vg)
    stages.add_steps(std::move(up));
  else
    stages.add(std::move(after), {}, std::move(up));
  return stages.finish();
}

}  // namespace lvm::plan
