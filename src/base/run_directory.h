// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "base/result.h"

namespace lvm {

// This user's own directory for sockets, locks and volumes shown as files; made when it is not there. LVM_RUN_DIR
// names it; else it is /run/lvm/user for root and lvm in XDG_RUNTIME_DIR for others, or /tmp/lvm-UID where those
// cannot be used. A directory that another user owns or may write to is refused: its files could be anyone's.
Result<std::string> run_directory();

// This user's own directory for what is to outlast a boot: lvm in XDG_STATE_HOME, or in ~/.local/state.
std::string state_directory();

}  // namespace lvm
