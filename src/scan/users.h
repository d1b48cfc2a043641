// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "system/system.h"
#include "world/world.h"

namespace lvm::scan {

// Looks who has these devices (dm UUIDs) open, before they are taken down. Who is neither a device nor a file system
// may be gone in a moment: udev opens a device when somebody who wrote to it has closed it. With
// activation/retry_deactivation it gets five seconds for that.
void look_at_users(System& system, const config::Config& config, const std::vector<std::string>& uuids,
                   world::World& world);

}  // namespace lvm::scan
