// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lockd/manager.h"

// The lock managers of this build. A kind is a folder and a row of the table in managers.cc.
namespace lvm::lockd {

struct ManagerOptions {
  int sanlock_timeout = 0;  // seconds; 0: sanlock's own
  std::string lvm_program_folder = "/usr/sbin";
  std::string device_folder = "/dev/mapper";  // where lease volumes are
  std::string idm_socket = "/run/seagate_ilm/idmlockd.sock";
  std::vector<std::string> idm_global_drives;  // empty: disks with a partition named propeller
};

std::vector<std::unique_ptr<Manager>> real_managers(const ManagerOptions& options);
// "sanlock dlm idm": those that this build has.
std::string supported_managers();
// --test: one host, locks in memory. Only `global` counts as running, if it is set.
std::vector<std::unique_ptr<Manager>> memory_managers(ManagerKind global);

}  // namespace lvm::lockd
