// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/config.h"
#include "device/io/system_io.h"

namespace lvm::device {

// `only_paths` are the values of --devices, each a path or several with commas between.
SystemOptions system_options(const config::Config& config, const std::vector<std::string>& only_paths);

}  // namespace lvm::device
