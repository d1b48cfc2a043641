// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/in_sync.h"

#include "activate/activate.h"
#include "dm/status.h"

namespace lvm::plan::convert {

std::optional<bool> in_sync(const world::World& world, const model::Vg& vg, const model::Lv& lv) {
  const world::LiveDevice* live = world.find_live(activate::top_uuid(vg, lv));
  if (!live || live->status.empty()) return std::nullopt;
  const auto& body = live->status.front().body;
  if (const auto* raid = std::get_if<dm::RaidStatus>(&body))
    return raid->in_sync.used >= raid->in_sync.total && raid->health.find('a') == std::string::npos;
  if (const auto* mirror = std::get_if<dm::MirrorStatus>(&body)) return mirror->in_sync.used >= mirror->in_sync.total;
  return std::nullopt;
}

}  // namespace lvm::plan::convert
