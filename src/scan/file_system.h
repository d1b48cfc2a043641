// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "device/io.h"
#include "system/system.h"
#include "world/file_system.h"

namespace lvm::scan {

// What the volume with this device carries. An open dm-crypt device on it is looked into.
Result<world::FileSystem> file_system(System& system, const device::Device& volume);

// /proc/self/mountinfo: where the device (by number, or by name where the file system hides the number) is mounted.
std::vector<world::FileSystem::Mount> mounts_in(const std::string& mountinfo, dm::DeviceNumber device,
                                                const std::vector<std::string>& names);

}  // namespace lvm::scan
