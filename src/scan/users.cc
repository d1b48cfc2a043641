// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scan/users.h"

#include <algorithm>

namespace lvm::scan {
namespace {

constexpr int kAttempts = 25;
constexpr std::uint64_t kPauseMilliseconds = 200;

world::Users users_of(System& system, const dm::Info& info) {
  device::Device device;
  device.path = "/dev/mapper/" + info.name;
  device.number = info.device;
  if (!system.io.holders(device).empty()) return world::Users::device;
  return system.io.is_mounted(device) ? world::Users::file_system : world::Users::untold;
}

}  // namespace

void look_at_users(System& system, const config::Config& config, const std::vector<std::string>& uuids,
                   world::World& world) {
  std::vector<world::LiveDevice*> open;
  for (const std::string& uuid : uuids) {
    auto found = world.live.find(uuid);
    if (found == world.live.end() || found->second.info.open_count == 0) continue;
    found->second.users = users_of(system, found->second.info);
    if (found->second.users == world::Users::untold) open.push_back(&found->second);
  }
  if (!config.flag("activation/retry_deactivation")) return;
  for (int attempt = 1; attempt < kAttempts && !open.empty(); ++attempt) {
    system.clock.sleep_milliseconds(kPauseMilliseconds);
    std::erase_if(open, [&](world::LiveDevice* live) {
      auto now = system.dm.info(live->info.uuid);
      if (now && *now) live->info.open_count = (*now)->open_count;
      return live->info.open_count == 0;
    });
  }
}

}  // namespace lvm::scan
