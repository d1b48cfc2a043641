// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "dm/status.h"
#include "scan/pass.h"

namespace lvm::scan {
namespace {

constexpr std::string_view kPrefix = "LVM-";

// Of a volume of one of these VGs; of any when there are none.
bool belongs_to(std::string_view uuid, const std::vector<VgId>& vgs) {
  if (!uuid.starts_with(kPrefix)) return false;
  if (vgs.empty()) return true;
  std::string_view id = uuid.substr(kPrefix.size());
  for (const VgId& vg : vgs)
    if (id.starts_with(vg.plain())) return true;
  return false;
}

std::vector<dm::Status> read_lines(const std::vector<dm::StatusLine>& lines) {
  std::vector<dm::Status> out;
  for (const dm::StatusLine& line : lines) out.push_back(dm::read_status(line));
  return out;
}

// A device that went away between two calls is simply not live.
Result<std::optional<world::LiveDevice>> look_at(Pass& pass, const std::string& uuid) {
  world::LiveDevice live;
  if (pass.request.live >= Live::table) {
    auto found = TRY(pass.system.dm.live_table(uuid));
    if (!found) return std::nullopt;
    live.info = std::move(found->info);
    live.table = std::move(found->table);
    if (pass.request.live == Live::everything)
      if (auto status = pass.system.dm.status(uuid)) live.status = read_lines(*status);
  } else if (pass.request.live == Live::status) {
    auto found = TRY(pass.system.dm.live_status(uuid));
    if (!found) return std::nullopt;
    live.info = std::move(found->info);
    live.status = read_lines(found->lines);
  } else {
    auto info = TRY(pass.system.dm.info(uuid));
    if (!info) return std::nullopt;
    live.info = *std::move(info);
  }
  if (pass.request.need_read_ahead) {
    auto read_ahead = pass.system.dm.read_ahead(live.info.device);
    if (read_ahead) live.read_ahead = *read_ahead;
  }
  return live;
}

}  // namespace

Result<> read_live(Pass& pass, const std::vector<VgId>& vgs) {
  world::World& world = pass.world;
  if (pass.request.live == Live::none) return {};
  std::erase_if(world.live, [&](const auto& entry) { return belongs_to(entry.first, vgs); });
  world.dm_available = false;
  if (!pass.config.flag("global/activation")) {
    world.dm_unavailable_reason = "Activation disabled. No device-mapper interaction will be attempted.";
    return {};
  }
  if (auto available = pass.system.dm.available(); !available) {
    world.dm_unavailable_reason = available.error().text();
    return {};
  }
  std::vector<dm::ListEntry> entries = TRY(pass.system.dm.list());
  world.dm_available = true;
  for (const dm::ListEntry& entry : entries) {
    if (!belongs_to(entry.uuid, vgs)) continue;
    if (auto live = TRY(look_at(pass, entry.uuid))) world.live.insert_or_assign(entry.uuid, *std::move(live));
  }
  if (!pass.request.need_pv_read_ahead) return {};
  for (world::PvDevice& pv : world.pvs) {
    if (std::find(vgs.begin(), vgs.end(), pv.vg_id) == vgs.end()) continue;
    if (auto read_ahead = pass.system.dm.read_ahead(pv.device.number)) pv.read_ahead = *read_ahead;
  }
  return {};
}

}  // namespace lvm::scan
