// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/reconcile.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_set>

#include "activate/difference.h"
#include "activate/live.h"

namespace lvm::activate {

std::vector<step::Step> reconcile(const world::World& world, const world::VgView& view, const config::Config& config) {
  const model::Vg& vg = *view.vg;
  model::Relations relations(vg);
  std::vector<WantedDevice> devices;
  std::unordered_set<std::string> known;
  for (const model::Lv& lv : vg.lvs) {
    const world::LiveDevice* top = lv.visible() ? own_device(world, vg, lv) : nullptr;
    if (top == nullptr || !top->info.live_table) continue;
    Options options;
    options.relations = &relations;
    options.partial = std::ranges::any_of(owned_devices(world, vg, lv, &relations), [](const OwnedDevice& device) {
      return device.layer.starts_with("missing_");
    });
    // One of which nothing can be computed goes on as it is.
    auto more = wanted(world, view, vg, lv, config, options);
    if (!more) continue;
    for (WantedDevice& device : *more)
      if (known.insert(device.uuid).second) devices.push_back(std::move(device));
  }
  Difference change = difference(world, devices, {}, config);
  std::vector<step::Step> steps = std::move(change.preload);
  for (auto* more : {&change.suspend, &change.resume}) std::ranges::move(*more, std::back_inserter(steps));
  return steps;
}

}  // namespace lvm::activate
