// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>

#include "cli/session.h"

// What commands do for VGs that several hosts use.
namespace lvm::cli {

// --shared and --lock-type of a VG that is to be made: the lock manager, nullopt for a VG of this host.
Result<std::optional<lockd::ManagerKind>> wanted_lock_type(Session& session);
// The VG that was just made becomes a shared one and is started. Failing, it is removed again.
ExitStatus share_new_vg(Session& session, const std::string& name, lockd::ManagerKind kind, bool enable_global);

// vgchange --lock-start, --lock-stop, --lock-type.
ExitStatus run_lock_start(Session& session);
ExitStatus run_lock_stop(Session& session);
ExitStatus run_lock_type(Session& session);

// vgremove of a shared VG: no other host has it started; its leases go with it.
ExitStatus remove_shared_vg(Session& session, const world::VgView& view);
// vgrename: the lockspace has the VG's name.
ExitStatus rename_shared_vg(Session& session, const world::VgView& view, const std::string& new_name);

}  // namespace lvm::cli
