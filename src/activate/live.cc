// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/live.h"

#include <algorithm>

#include "activate/naming.h"
#include "segment/kind.h"

namespace lvm::activate {
namespace {

using model::Lv;
using model::LvArea;
using model::Vg;

void add_device(const world::World& world, const Vg& vg, const Lv& lv, std::string layer,
                std::vector<OwnedDevice>& out) {
  auto uuid = layer_uuid(vg, lv, layer);
  if (const world::LiveDevice* live = world.find_live(uuid))
    out.push_back({&lv, std::move(layer), std::move(uuid), live});
}

bool refers_to(const Lv& lv, LvId id) {
  for (const model::Segment& segment : lv.segments)
    for (const model::Area& area : segment::areas(segment))
      if (const auto* inner = std::get_if<LvArea>(&area); inner && inner->lv == id) return true;
  return false;
}

// By a live volume that is not in `leaving`.
bool used_elsewhere(const world::World& world, const Vg& vg, LvId id, const std::vector<LvId>& leaving) {
  return std::ranges::any_of(vg.lvs, [&](const Lv& user) {
    return std::ranges::find(leaving, user.id) == leaving.end() && refers_to(user, id) &&
           world.find_live(top_uuid(vg, user)) != nullptr;
  });
}

void collect(const world::World& world, const Vg& vg, const Lv& lv, std::vector<LvId>& leaving,
             std::vector<OwnedDevice>& out) {
  leaving.push_back(lv.id);
  for (std::string_view layer : known_layers()) add_device(world, vg, lv, std::string(layer), out);
  for (std::size_t i = 0; i < lv.segments.size(); ++i)
    for (std::size_t area = 0; area < segment::areas(lv.segments[i]).size(); ++area)
      add_device(world, vg, lv, filler_layer(i, area), out);
  for (const model::Segment& segment : lv.segments)
    for (const model::Area& area : segment::areas(segment)) {
      const auto* inner = std::get_if<LvArea>(&area);
      if (inner == nullptr || std::ranges::find(leaving, inner->lv) != leaving.end()) continue;
      const Lv* below = vg.find_lv(inner->lv);
      if (below != nullptr && !below->visible() && !used_elsewhere(world, vg, inner->lv, leaving))
        collect(world, vg, *below, leaving, out);
    }
}

}  // namespace

std::vector<OwnedDevice> owned_devices(const world::World& world, const Vg& vg, const Lv& lv) {
  std::vector<OwnedDevice> devices;
  if (world.live.empty()) return devices;
  std::vector<LvId> leaving;
  collect(world, vg, lv, leaving, devices);
  return devices;
}

step::Step remove_step(const Vg& vg, const OwnedDevice& device, const config::Config& config) {
  std::optional<dm::NodeLink> link;
  if (device.layer.empty()) link = link_of(vg, *device.lv);
  return step::RemoveDevice{device.uuid, device.live->info.name, udev_flags(*device.lv, device.layer, config, {}),
                            std::move(link)};
}

}  // namespace lvm::activate
