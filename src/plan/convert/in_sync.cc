// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/in_sync.h"

#include "activate/activate.h"
#include "activate/live.h"
#include "model/usable.h"

namespace lvm::plan::convert {
namespace {

// Images that a reshape has freed hold nothing any more: the kernel counts them as out of sync.
bool all_in_sync(const model::Vg& vg, const model::Lv& lv, std::string_view health) {
  const auto* raid = lv.as<model::Raid>();
  for (std::size_t i = 0; i < health.size(); ++i)
    if (health[i] == 'a' && !(raid && i < raid->areas.size() && model::is_freed_image(vg, raid->areas[i])))
      return false;
  return true;
}

}  // namespace

std::optional<bool> in_sync(const world::World& world, const model::Vg& vg, const model::Lv& lv) {
  if (const dm::RaidStatus* raid = raid_status(world, vg, lv)) return in_sync(vg, lv, *raid);
  const world::LiveDevice* live = activate::own_device(world, vg, lv);
  if (!live || live->status.empty()) return std::nullopt;
  const auto* mirror = std::get_if<dm::MirrorStatus>(&live->status.front().body);
  if (mirror) return mirror->in_sync.used >= mirror->in_sync.total;
  return std::nullopt;
}

bool in_sync(const model::Vg& vg, const model::Lv& lv, const dm::RaidStatus& status) {
  return status.in_sync.used >= status.in_sync.total && all_in_sync(vg, lv, status.health);
}

const dm::RaidStatus* raid_status(const world::World& world, const model::Vg& vg, const model::Lv& lv) {
  const world::LiveDevice* live = activate::own_device(world, vg, lv);
  if (!live || live->status.empty()) return nullptr;
  return std::get_if<dm::RaidStatus>(&live->status.front().body);
}

}  // namespace lvm::plan::convert
