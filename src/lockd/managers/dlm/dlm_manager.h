// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "lockd/managers/managers.h"

namespace lvm::lockd {

// The kernel's distributed lock manager, for hosts of one corosync cluster.
std::unique_ptr<Manager> make_dlm_manager(const ManagerOptions& options);

}  // namespace lvm::lockd
