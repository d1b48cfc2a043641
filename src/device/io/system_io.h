// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "device/io.h"
#include "dm/engine.h"

namespace lvm::device {

struct SystemOptions {
  std::string directory = "/dev";            // devices/dir
  std::vector<std::string> scan = {"/dev"};  // devices/scan
  std::vector<std::string> preferred_names;  // devices/preferred_names
  // Collect every name of every device, by walking all of `scan`. Otherwise only what decides on the
  // name shown: Io::locate() resolves the others one by one.
  bool all_names = false;
  // When not empty: these block devices and image files, and no others (--devices).
  std::vector<std::string> only_paths;
  int io_timeout_seconds = 10;  // devices/io_timeout
  bool use_ring = true;         // false in tests of the plain fallback
  std::string sys_root = "/sys", proc_root = "/proc";
};

// The block devices of this machine. `engine` names device-mapper devices in one call; without it sysfs
// is read for each.
std::unique_ptr<Io> make_system_io(SystemOptions options, dm::Engine* engine);

}  // namespace lvm::device
