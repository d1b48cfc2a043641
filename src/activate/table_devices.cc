// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/table_devices.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/profile.h"

namespace lvm::activate {

using model::Lv;
using model::LvArea;
using model::Role;
using model::Segment;

TableDevices::TableDevices(const world::World& world, const world::VgView& view, const model::Relations& relations,
                           const config::Config& config, const Options& options)
    : world_(world),
      view_(view),
      relations_(relations),
      config_(config),
      use_linear_(config.flag("activation/use_linear_target")),
      nosync_(options.nosync),
      unmonitored_(options.unmonitored) {}

std::uint32_t TableDevices::thin_pool_threshold(const Lv& pool) const {
  const config::Config& config = settings_of(config_, vg(), &pool);
  return static_cast<std::uint32_t>(config.integer("activation/thin_pool_autoextend_threshold"));
}

const world::PvDevice* TableDevices::find(PvId id) const {
  if (view_.vg) {
    const auto& pvs = view_.vg->pvs;
    for (std::size_t i = 0; i < pvs.size() && i < view_.devices.size(); ++i)
      if (pvs[i].id == id) return view_.devices[i] ? &world_.pvs[*view_.devices[i]] : nullptr;
  }
  return world_.find_pv(id);  // a PV that joins the VG with this change
}

bool TableDevices::lacks_pvs(const Segment& segment) const {
  return std::ranges::any_of(segment::areas(segment), [&](const model::Area& area) {
    const auto* on_pv = std::get_if<model::PvArea>(&area);
    return on_pv != nullptr && find(on_pv->pv) == nullptr;
  });
}

bool TableDevices::lacks_pvs(const Lv& lv) const {
  for (const Segment& segment : lv.segments)
    if (lacks_pvs(segment)) return true;
  for (const model::Relation& relation : relations_.uses(relations_.position(lv)))
    if (relation.bond() == model::Bond::part && lacks_pvs(vg().lvs[relation.used])) return true;
  return false;
}

Result<dm::DeviceRef> TableDevices::pv_device(PvId id) const {
  const world::PvDevice* pv = find(id);
  if (pv == nullptr) return fail(Code::not_found, fmt::format("PV {} is missing.", id.dashed()));
  if (!pv->device.number)
    return fail(Code::unsupported, fmt::format("PV {} is a file: the kernel's device-mapper cannot use it. Attach "
                                               "it to a loop device to activate volumes on it.",
                                               pv->device.path));
  return dm::DeviceRef(pv->device.number);
}

Sectors TableDevices::pe_start(PvId id) const {
  const model::Pv* pv = vg().find_pv(id);
  return pv != nullptr ? pv->pe_start : Sectors();
}

Result<dm::DeviceRef> TableDevices::lv_device(LvId id, Role role) const {
  for (const auto& [filler, device] : fillers_)
    if (filler == id) return device;
  const Lv* lv = find_lv(id);
  if (lv == nullptr)
    return fail(Code::corrupt, fmt::format("Volume group {} has no logical volume {}.", vg().name, id.dashed()));
  return dm::DeviceRef(dm::ByUuid{used_uuid(vg(), *lv, role)});
}

const Lv* TableDevices::find_lv(LvId id) const {
  auto at = relations_.position(id);
  return at == model::Relations::kNone ? nullptr : &vg().lvs[at];
}

std::vector<const Lv*> TableDevices::users(LvId id, Role role) const {
  std::vector<const Lv*> out;
  auto at = relations_.position(id);
  if (at == model::Relations::kNone) return out;
  for (const model::Relation& relation : relations_.users(at))
    if (relation.role == role) out.push_back(&vg().lvs[relation.user]);
  return out;
}

bool TableDevices::absent(LvId id) const {
  const Lv* lv = find_lv(id);
  return lv != nullptr && lv->visible();
}

LvArea TableDevices::add_filler(dm::DeviceRef device) {
  LvId id;
  id.uuid.chars.fill('#');
  auto digits = std::to_string(fillers_.size());
  std::ranges::copy(digits, id.uuid.chars.begin() + 1);
  fillers_.emplace_back(id, std::move(device));
  return LvArea{id, Extents()};
}

}  // namespace lvm::activate
