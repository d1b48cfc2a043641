// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "lockd/managers/idm/line_client.h"
#include "lockd/managers/managers.h"

namespace lvm::lockd {

// In-drive mutexes, by way of idmlockd (docs/idm.md, "The text protocol"): the drives of a VG decide.
std::unique_ptr<Manager> make_idm_manager(const ManagerOptions& options);
// Another way to idmlockd than its socket: for the simulation.
std::unique_ptr<Manager> make_idm_manager(const ManagerOptions& options, idm::Connect connect);

}  // namespace lvm::lockd
