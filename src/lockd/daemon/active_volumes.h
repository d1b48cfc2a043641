// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <set>
#include <string>
#include <vector>

namespace lvm::lockd {

// A command that none of `clients` (processes) is works on the VG: it holds the lock on the VG's file.
bool vg_in_use(const std::string& vg_name, const std::set<int>& clients,
               const std::string& lock_folder = "/run/lock/lvm", const std::string& proc_locks = "/proc/locks");
// UUIDs, without dashes, of the LVs that have a device here.
std::vector<std::string> active_lv_uuids(const std::string& sysfs_block = "/sys/block");

}  // namespace lvm::lockd
