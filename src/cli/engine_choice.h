// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/trace.h"
#include "cli/arguments.h"
#include "cli/selection.h"
#include "config/config.h"
#include "device/io/system_io.h"
#include "dm/engine.h"

namespace lvm::cli {

// Which device-mapper a command works with.
struct EngineChoice {
  std::string name;  // "kernel", "user" or "none"
  std::string why;   // a clause
  std::unique_ptr<dm::Engine> engine;
  device::Engines engines;  // the same, as device::Io wants it
  // Of the embedded engine: its run directory, and whether this command started the daemon.
  std::string run_directory;
  std::shared_ptr<bool> launched;
};

// By global/engine (--engine): auto takes the embedded engine for images, and the kernel's device-mapper where it is
// there and permitted for block devices. A kernel that no device is asked of is not looked for.
Result<EngineChoice> choose_engine(const Arguments& arguments, const config::Config& config, const Selection& selection,
                                   Clock& clock, Trace& trace);

// Of this user: a command of it is enough, no devices are looked at.
Result<EngineChoice> choose_user_engine(std::string why);

}  // namespace lvm::cli
