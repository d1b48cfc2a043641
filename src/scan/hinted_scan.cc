// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scan/hinted_scan.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_set>

namespace lvm::scan {
namespace {

// What the PV's own areas say.
std::string vg_of(const world::PvDevice& pv) {
  for (const world::MetadataArea& area : pv.areas)
    if (!area.vg_name.empty()) return area.vg_name;
  return {};
}

device::Hint hint_of(const world::PvDevice& pv) {
  return {pv.device.path, std::string(pv.id.plain()), pv.device.number, vg_of(pv)};
}

}  // namespace

std::vector<device::Device> HintedScan::set_aside(device::HintSettings settings, std::vector<device::Device>& devices) {
  used = wrong = blind = false;
  ambiguous.clear();
  expected_.clear();
  found = {.settings = std::move(settings), .hints = {}, .devices = device::devices_hash(devices)};
  if (!known || known->settings != found.settings || known->devices != found.devices) return {};
  std::unordered_map<std::string_view, const device::Hint*> by_path;
  for (const device::Hint& hint : known->hints) by_path.try_emplace(hint.path, &hint);
  std::vector<device::Device> kept, others;
  for (device::Device& device : devices) {
    auto found_hint = by_path.find(device.path);
    const device::Hint* hint = found_hint == by_path.end() ? nullptr : found_hint->second;
    bool wanted = hint != nullptr && hint->number == device.number &&
                  (vg_name.empty() || hint->vg.empty() || hint->vg == vg_name);
    if (wanted) expected_.emplace(hint->path, *hint);
    (wanted ? kept : others).push_back(std::move(device));
  }
  // Each hint must mean a device, lest a PV is overlooked.
  std::size_t meant = kept.size();
  if (!vg_name.empty())
    meant += static_cast<std::size_t>(std::ranges::count_if(
        known->hints, [&](const device::Hint& hint) { return !hint.vg.empty() && hint.vg != vg_name; }));
  if (meant != known->hints.size()) {
    wrong = true;
    kept.insert(kept.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
    others.clear();
    std::ranges::stable_sort(kept, {}, &device::Device::number);
  }
  used = !wrong;
  devices = std::move(kept);
  return others;
}

bool HintedScan::fits(const std::vector<world::PvDevice>& pvs) {
  if (!used) return true;
  bool all = pvs.size() == expected_.size() && std::ranges::all_of(pvs, [&](const world::PvDevice& pv) {
               auto hint = expected_.find(pv.device.path);
               return hint != expected_.end() && hint->second == hint_of(pv);
             });
  if (!all) {
    wrong = true;
    used = false;
  }
  return all;
}

void HintedScan::remember(const std::vector<world::PvDevice>& pvs) {
  found.hints.clear();
  std::map<std::string, VgId> vgs;
  std::unordered_set<PvId> ids;
  for (const world::PvDevice& pv : pvs) {
    found.hints.push_back(hint_of(pv));
    if (!ids.insert(pv.id).second) ambiguous = "duplicate_pvs";
    for (const world::MetadataArea& area : pv.areas)
      if (!area.vg_name.empty() && area.vg_id &&
          vgs.try_emplace(area.vg_name, area.vg_id).first->second != area.vg_id && ambiguous.empty())
        ambiguous = "duplicate_vgnames";
  }
}

}  // namespace lvm::scan
