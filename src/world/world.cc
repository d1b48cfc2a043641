// SPDX-License-Identifier: LGPL-2.1-or-later
#include "world/world.h"

#include <algorithm>
#include <tuple>

namespace lvm::world {
namespace {

bool has_name(const device::Device& device, std::string_view path) {
  return device.path == path || std::ranges::find(device.aliases, path) != device.aliases.end();
}

// The element with that name; names shown come before aliases, since an alias may be stale.
template <class Range, class Project>
auto* find_by_path(Range& range, std::string_view path, Project project) {
  auto shown = std::ranges::find_if(range, [&](const auto& e) { return project(e).path == path; });
  if (shown != range.end()) return &*shown;
  auto any = std::ranges::find_if(range, [&](const auto& e) { return has_name(project(e), path); });
  return any != range.end() ? &*any : nullptr;
}

}  // namespace

void World::reindex() {
  std::ranges::stable_sort(vgs, [](const VgView& a, const VgView& b) {
    return std::tie(a.vg->name, a.foreign) < std::tie(b.vg->name, b.foreign);
  });
  index = {};
  for (std::size_t i = 0; i < pvs.size(); ++i)
    if (!pvs[i].duplicate) index.pvs.emplace(pvs[i].id, i);
  for (std::size_t i = 0; i < vgs.size(); ++i) index.vgs.emplace(vgs[i].vg->id, i);
}

const VgView* World::find_vg(std::string_view name) const {
  auto by_name = [](const VgView& view) -> std::string_view { return view.vg->name; };
  auto near = std::ranges::lower_bound(vgs, name, {}, by_name);
  // Right only while they are sorted.
  if (near != vgs.end() && near->vg->name == name && (near == vgs.begin() || (near - 1)->vg->name != name))
    return &*near;
  auto found = std::ranges::find(vgs, name, by_name);
  return found != vgs.end() ? &*found : nullptr;
}

const VgView* World::find_vg(VgId id) const {
  if (!id) return nullptr;
  auto known = index.vgs.find(id);
  if (known != index.vgs.end() && known->second < vgs.size() && vgs[known->second].vg->id == id)
    return &vgs[known->second];
  auto found = std::ranges::find(vgs, id, [](const VgView& view) { return view.vg->id; });
  return found != vgs.end() ? &*found : nullptr;
}

const PvDevice* World::find_pv(std::string_view path) const {
  return find_by_path(pvs, path, [](const PvDevice& pv) -> const device::Device& { return pv.device; });
}

const PvDevice* World::find_pv(PvId id) const {
  if (!id) return nullptr;
  auto known = index.pvs.find(id);
  if (known != index.pvs.end() && known->second < pvs.size() && pvs[known->second].id == id &&
      !pvs[known->second].duplicate)
    return &pvs[known->second];
  auto found = std::ranges::find_if(pvs, [&](const PvDevice& pv) { return pv.id == id && !pv.duplicate; });
  return found != pvs.end() ? &*found : nullptr;
}

const device::Device* World::find_device(std::string_view path) const {
  return find_by_path(devices, path, [](const device::Device& d) -> const device::Device& { return d; });
}

const RejectedDevice* World::find_rejected(std::string_view path) const {
  return find_by_path(rejected, path, [](const RejectedDevice& r) -> const device::Device& { return r.device; });
}

const LiveDevice* World::find_live(const std::string& uuid) const {
  auto found = live.find(uuid);
  return found != live.end() ? &found->second : nullptr;
}

}  // namespace lvm::world
