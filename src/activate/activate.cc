// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/activate.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "activate/components.h"
#include "activate/difference.h"
#include "activate/live.h"
#include "activate/naming.h"
#include "activate/pool_checks.h"
#include "activate/tree.h"
#include "activate/vdo_messages.h"

namespace lvm::activate {
namespace {

void append(std::vector<step::Step>& to, std::vector<step::Step> steps) {
  to.insert(to.end(), std::make_move_iterator(steps.begin()), std::make_move_iterator(steps.end()));
}

// Of a hidden part whatever it stood on: the volume above it goes on, and so does the part, but not with all of that.
std::vector<OwnedDevice> devices_below(const world::World& world, const model::Vg& vg, const model::Lv& part) {
  model::Relations relations(vg);
  std::vector<TreeNode> nodes = tree(relations, vg.lvs[relations.position(part.id)]);
  std::vector<OwnedDevice> out;
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node)
    if (const world::LiveDevice* live = world.find_live(node->uuid))
      out.push_back({node->lv, node->layer, node->uuid, live});
  return out;
}

// Devices that the volume had and no longer has: inner layers, and hidden volumes that are gone or hidden
// still. A volume that became one of its own is not ours to take down, nor are its parts.
std::vector<step::Step> clean_up(const world::World& world, const model::Vg& old_vg, const model::Lv& old_lv,
                                 const model::Vg& new_vg, const std::vector<WantedDevice>& wanted,
                                 const config::Config& config) {
  std::unordered_set<std::string_view> kept;
  for (const WantedDevice& device : wanted) kept.insert(device.uuid);
  std::vector<step::Step> steps;
  std::unordered_set<LvId> stay;
  std::optional<model::Relations> relations;
  auto stays_below = [&](const model::Lv& now) {
    if (stay.empty()) return false;
    if (!relations) relations.emplace(new_vg);
    return stay.contains(new_vg.lvs[relations->top(relations->position(now))].id);
  };
  auto had = old_lv.visible() ? owned_devices(world, old_vg, old_lv) : devices_below(world, old_vg, old_lv);
  for (const OwnedDevice& device : had) {
    if (kept.contains(device.uuid)) continue;
    const model::Lv* now = new_vg.find_lv(device.lv->id);
    bool was_hidden = !device.lv->visible();  // then its layers are its own, too
    // What is cut out of a cache volume goes with the cache, and so does the name that it had below it.
    bool own = device.layer.empty() ? now != nullptr && top_uuid(new_vg, *now) == device.uuid
                                    : was_hidden && !device.lv->flags.has(model::LvFlag::cache_vol);
    if (now != nullptr && ((own && now->visible()) || stays_below(*now))) {
      stay.insert(now->id);
      continue;
    }
    steps.push_back(remove_step(old_vg, device, config));
  }
  return steps;
}

bool has_filler(const std::vector<OwnedDevice>& devices) {
  for (const OwnedDevice& device : devices)
    if (device.layer.starts_with("missing_")) return true;
  return false;
}

// An interrupted command left word for a pool: it is told as soon as it is up.
Result<> add_messages(const world::World& world, const model::Vg& vg, const std::vector<WantedDevice>& devices,
                      std::vector<step::Step>& steps) {
  for (const model::Lv& lv : vg.lvs) {
    if (lv.as<model::VdoPool>()) {
      std::string uuid = layer_uuid(vg, lv, "vpool");
      bool comes_up = std::ranges::any_of(devices, [&](const auto& device) { return device.uuid == uuid; });
      if (comes_up && !world.find_live(uuid)) append(steps, vdo_messages(vg, lv, nullptr));
      continue;
    }
    const auto* pool = lv.as<model::ThinPool>();
    if (!pool || pool->messages.empty()) continue;
    step::PoolMessages messages = TRY(pool_messages(world, vg, lv));
    bool comes_up = std::ranges::any_of(devices, [&](const auto& device) { return device.uuid == messages.uuid; });
    if (comes_up && !world.find_live(messages.uuid)) steps.emplace_back(std::move(messages));
  }
  return {};
}

}  // namespace

Result<std::vector<step::Step>> activate(const world::World& world, const world::VgView& view, const model::Vg& vg,
                                         const model::Lv& lv, const config::Config& config, const Options& options) {
  if (!world.dm_available)
    return fail(Code::unsupported, fmt::format("Cannot activate {}/{}: {}", vg.name, lv.name,
                                               world.dm_unavailable_reason.empty() ? "no device-mapper is available."
                                                                                   : world.dm_unavailable_reason));
  Options known = options;
  std::optional<model::Relations> own;
  if (!known.relations || &known.relations->vg() != &vg) known.relations = &own.emplace(vg);
  const std::uint32_t at = known.relations->position(lv.id);
  if (at != model::Relations::kNone) TRY(check_components(world, *known.relations, vg.lvs[at], known));
  auto devices = TRY(wanted(world, view, vg, lv, config, known));
  Difference change = difference(world, devices, {}, config);
  std::vector<step::Step> steps = std::move(change.preload);
  append(steps, std::move(change.suspend));
  append(steps, std::move(change.resume));
  add_checks_before(vg, config, steps);
  if (options.messages) TRY(add_messages(world, vg, devices, steps));
  return steps;
}

Result<std::vector<step::Step>> deactivate(const world::World& world, const model::Vg& vg, const model::Lv& lv,
                                           const config::Config& config, const model::Relations* relations) {
  std::vector<step::Step> steps;
  for (const OwnedDevice& device : owned_devices(world, vg, lv, relations)) {
    if (must_be_unused(device, lv)) TRY(check_unused(vg, *device.lv, device.live));
    steps.push_back(remove_step(vg, device, config));
  }
  add_checks_behind(vg, config, steps);
  return steps;
}

namespace {

// What several LVs want, before or after: leaves first, each device once.
class WantedByAll {
 public:
  void add(std::vector<WantedDevice> more) {
    for (WantedDevice& device : more)
      if (known_.insert(device.uuid).second) devices_.push_back(std::move(device));
  }
  const std::vector<WantedDevice>& devices() const { return devices_; }

 private:
  std::vector<WantedDevice> devices_;
  std::unordered_set<std::string> known_;
};

}  // namespace

Result<Change> change_together(const world::World& world, const world::VgView& view, const model::Vg& old_vg,
                               const model::Vg& new_vg, std::span<const LvId> lvs, const config::Config& config,
                               const Options& options) {
  Change result;
  WantedByAll before, after;
  std::vector<const model::Lv*> changed;
  for (LvId id : lvs) {
    const model::Lv* old_lv = old_vg.find_lv(id);
    const model::Lv* new_lv = new_vg.find_lv(id);
    if (!old_lv || !new_lv || !is_up_at_all(world, old_vg, *old_lv)) continue;
    changed.push_back(old_lv);
    // It came up without some PVs, and stays so.
    Options used = options;
    used.partial = used.partial || has_filler(owned_devices(world, old_vg, *old_lv));
    auto now = TRY(wanted(world, view, new_vg, *new_lv, config, used));
    if (!is_up(world, old_vg, *old_lv))
      std::erase_if(now, [&](const auto& device) { return device.uuid == top_uuid(new_vg, *new_lv); });
    after.add(std::move(now));
    used.partial = true;
    if (auto then = wanted(world, view, old_vg, *old_lv, config, used)) before.add(std::move(*then));
  }
  if (changed.empty()) return result;
  Difference steps = difference(world, after.devices(), before.devices(), config, options.freeze);
  result.before = std::move(steps.preload);
  append(result.before, std::move(steps.suspend));
  result.after = std::move(steps.resume);
  std::unordered_set<std::string> gone;
  for (const model::Lv* lv : changed)
    for (step::Step& step : clean_up(world, old_vg, *lv, new_vg, after.devices(), config))
      if (gone.insert(std::get<step::RemoveDevice>(step).uuid).second) result.after.push_back(std::move(step));
  return result;
}

Result<Change> change(const world::World& world, const world::VgView& view, const model::Vg& old_vg,
                      const model::Lv& old_lv, const model::Vg& new_vg, const model::Lv&, const config::Config& config,
                      const Options& options) {
  return change_together(world, view, old_vg, new_vg, std::span(&old_lv.id, 1), config, options);
}

}  // namespace lvm::activate
