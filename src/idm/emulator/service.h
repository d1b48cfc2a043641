// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "idm/emulator/options.h"

namespace lvm::idm::emulator {

// /run/idm-drive, or the folder of the environment variable IDM_DRIVE_DIR: a socket NAME.sock per drive.
std::string socket_folder();

// Runs a drive from its start to its end, in the calling thread. `ready` is called once, when initiators can use
// it, with a sentence about it. Ends on SIGTERM, SIGINT or `stop`, when the disk is gone again.
Result<> run_drive(const StartOptions& options, const std::function<void(const std::string&)>& ready);

// Sends a line to a running drive; its answer, or its error.
Result<std::string> tell_drive(const std::string& name, const std::string& line);
Result<std::vector<std::string>> running_drives();

}  // namespace lvm::idm::emulator
