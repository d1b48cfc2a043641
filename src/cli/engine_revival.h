// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "base/programs.h"
#include "base/result.h"

namespace lvm::cli {

// The command that brings up again what a killed engine held. Hidden: commands run it.
inline constexpr std::string_view kRevival = "enginerevive";

// Before a command looks at volumes of the embedded engine: when the one of this run directory was killed, the volumes
// that it held are brought up by a process of their own, whose VG locks are not in the way of the command's. Commands
// that come meanwhile wait. What cannot be brought up is said there, and not tried again.
Result<> revive_engine(const std::string& run_directory, Programs& programs);

}  // namespace lvm::cli
