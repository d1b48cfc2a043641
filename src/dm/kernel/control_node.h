// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace lvm::dm {

// Opens DIRECTORY/control. A missing node is made when the driver is there; a missing driver is asked for
// with modprobe. Errors say which of three it is: no driver, no permission, or something in the way.
Result<Fd> open_control_node(const std::string& directory);

// Runs `modprobe MODULE` and waits. False when it failed or could not be run.
bool load_module(const std::string& module);

}  // namespace lvm::dm
