// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>

#include "lockd/managers/managers.h"

namespace lvm::lockd {

// sanlock: leases on a volume of the VG (lvmlock), kept by a daemon that renews this host's own.
std::unique_ptr<Manager> make_sanlock_manager(const ManagerOptions& options);

}  // namespace lvm::lockd
