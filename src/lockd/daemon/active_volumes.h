// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

namespace lvm::lockd {

// UUIDs, without dashes, of the LVs that have a device here.
std::vector<std::string> active_lv_uuids(const std::string& sysfs_block = "/sys/block");

}  // namespace lvm::lockd
