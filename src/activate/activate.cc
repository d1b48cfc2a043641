// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/activate.h"

#include <fmt/format.h>

#include <unordered_set>

#include "activate/difference.h"
#include "activate/live.h"
#include "activate/naming.h"
#include "segment/kind.h"

namespace lvm::activate {
namespace {

void append(std::vector<step::Step>& to, std::vector<step::Step> steps) {
  to.insert(to.end(), std::make_move_iterator(steps.begin()), std::make_move_iterator(steps.end()));
}

// Devices that the volume had and no longer has: inner layers, and hidden volumes that are gone or hidden
// still. A volume that became one of its own is not ours to take down.
std::vector<step::Step> clean_up(const world::World& world, const model::Vg& old_vg, const model::Lv& old_lv,
                                 const model::Vg& new_vg, const std::vector<WantedDevice>& wanted,
                                 const config::Config& config) {
  std::unordered_set<std::string_view> kept;
  for (const WantedDevice& device : wanted) kept.insert(device.uuid);
  std::vector<step::Step> steps;
  for (const OwnedDevice& device : owned_devices(world, old_vg, old_lv)) {
    if (kept.contains(device.uuid)) continue;
    const model::Lv* now = new_vg.find_lv(device.lv->id);
    bool was_hidden = !device.lv->visible();  // then its layers are its own, too
    if ((device.layer.empty() || was_hidden) && now != nullptr && now->visible()) continue;
    steps.push_back(remove_step(old_vg, device, config));
  }
  return steps;
}

bool has_filler(const std::vector<OwnedDevice>& devices) {
  for (const OwnedDevice& device : devices)
    if (device.layer.starts_with("missing_")) return true;
  return false;
}

}  // namespace

Result<std::vector<step::Step>> activate(const world::World& world, const world::VgView& view, const model::Vg& vg,
                                         const model::Lv& lv, const config::Config& config, const Options& options) {
  if (!world.dm_available)
    return fail(Code::unsupported, fmt::format("Cannot activate {}/{}: {}", vg.name, lv.name,
                                               world.dm_unavailable_reason.empty() ? "no device-mapper is available."
                                                                                   : world.dm_unavailable_reason));
  auto devices = TRY(wanted(world, view, vg, lv, config, options));
  Difference change = difference(world, devices, {}, config);
  std::vector<step::Step> steps = std::move(change.preload);
  append(steps, std::move(change.suspend));
  append(steps, std::move(change.resume));
  return steps;
}

Result<std::vector<step::Step>> deactivate(const world::World& world, const model::Vg& vg, const model::Lv& lv,
                                           const config::Config& config, const model::Relations* relations) {
  std::vector<step::Step> steps;
  for (const OwnedDevice& device : owned_devices(world, vg, lv, relations)) {
    // Inner devices are held by the ones above them. An origin takes its snapshots along.
    if ((device.lv->id == lv.id || device.lv->visible()) && device.layer.empty() && device.live->info.open_count > 0)
      return fail(Code::busy, fmt::format("Logical volume {}/{} in use.", vg.name, device.lv->name));
    steps.push_back(remove_step(vg, device, config));
  }
  return steps;
}

Result<Change> change(const world::World& world, const world::VgView& view, const model::Vg& old_vg,
                      const model::Lv& old_lv, const model::Vg& new_vg, const model::Lv& new_lv,
                      const config::Config& config, const Options& options) {
  Change result;
  // A pool may be up for its volumes' sake while its own device is not.
  bool top_is_live = world.find_live(top_uuid(old_vg, old_lv)) != nullptr;
  auto layer = segment::kind_of(old_lv.segments.front().body).layer;
  if (!top_is_live && (layer.empty() || world.find_live(layer_uuid(old_vg, old_lv, layer)) == nullptr)) return result;
  // It came up without some PVs, and stays so.
  Options used = options;
  used.partial = used.partial || has_filler(owned_devices(world, old_vg, old_lv));
  auto after = TRY(wanted(world, view, new_vg, new_lv, config, used));
  if (!top_is_live) std::erase_if(after, [&](const auto& device) { return device.uuid == top_uuid(new_vg, new_lv); });
  used.partial = true;
  auto before = wanted(world, view, old_vg, old_lv, config, used);
  Difference steps = difference(
      world, after, before ? std::span<const WantedDevice>(*before) : std::span<const WantedDevice>(), config);
  result.before = std::move(steps.preload);
  append(result.before, std::move(steps.suspend));
  result.after = std::move(steps.resume);
  append(result.after, clean_up(world, old_vg, old_lv, new_vg, after, config));
  return result;
}

}  // namespace lvm::activate
