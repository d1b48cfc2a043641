// SPDX-License-Identifier: LGPL-2.1-or-later
#include "apply/update_world.h"

#include <algorithm>

namespace lvm::apply {
namespace {

std::optional<std::size_t> index_of(const world::World& world, PvId id) {
  for (std::size_t i = 0; i < world.pvs.size(); ++i)
    if (world.pvs[i].id == id && !world.pvs[i].duplicate) return i;
  return std::nullopt;
}

}  // namespace

void update_vg(world::World& world, const commit::Devices& devices, const step::Stage& stage) {
  for (world::PvDevice& pv : world.pvs) {
    auto known = devices.find(pv.id);
    if (known != devices.end() && !pv.duplicate) pv = known->second;
  }
  VgId id = stage.after ? stage.after->id : stage.before->id;
  for (world::PvDevice& pv : world.pvs)
    if (pv.vg_id == id && (!stage.after || !stage.after->find_pv(pv.id))) pv.vg_id = VgId();
  VgId old_id = stage.before ? stage.before->id : id;
  auto view =
      std::find_if(world.vgs.begin(), world.vgs.end(), [&](const world::VgView& v) { return v.vg->id == old_id; });
  if (!stage.after) {
    if (view != world.vgs.end()) world.vgs.erase(view);
    return;
  }
  if (view == world.vgs.end()) view = world.vgs.insert(world.vgs.end(), world::VgView{});
  view->vg = stage.after;
  view->devices.clear();
  for (const model::Pv& pv : stage.after->pvs) {
    auto index = index_of(world, pv.id);
    view->devices.push_back(index);
    if (index) world.pvs[*index].vg_id = id;
  }
  summarise_areas(world, *view);
}

void update_label(world::World& world, const world::PvDevice& device) {
  remove_label(world, device.device);
  world.pvs.push_back(device);
}

void remove_label(world::World& world, const device::Device& device) {
  std::erase_if(world.pvs, [&](const world::PvDevice& pv) { return pv.device.path == device.path; });
  // Positions moved: views refer to PVs by index.
  for (world::VgView& view : world.vgs) {
    for (std::size_t i = 0; i < view.devices.size(); ++i)
      if (view.devices[i]) view.devices[i] = index_of(world, view.vg->pvs[i].id);
  }
}

}  // namespace lvm::apply
