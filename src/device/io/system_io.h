// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "device/io.h"
#include "dm/engine.h"
#include "dm/user/user_engine.h"

namespace lvm::device {

struct SystemOptions {
  std::string directory = "/dev";            // devices/dir
  std::vector<std::string> scan = {"/dev"};  // devices/scan
  std::vector<std::string> preferred_names;  // devices/preferred_names
  // Collect every name of every device, by walking all of `scan`. Otherwise only what decides on the
  // name shown: Io::locate() resolves the others one by one.
  bool all_names = false;
  bool scan_volumes = false;  // devices/scan_lvs: volumes may be physical volumes
  // When not empty: these block devices, image files and directories of images, and no others (--devices).
  std::vector<std::string> only_paths;
  int io_timeout_seconds = 10;  // devices/io_timeout
  bool use_ring = true;         // global/use_aio
  std::string sys_root = "/sys", proc_root = "/proc";
};

// What the device-mapper in use has to say of devices; either may be null.
struct Engines {
  // Names device-mapper devices in one call; without it sysfs is read for each.
  dm::Engine* kernel = nullptr;
  // Holds volumes on image files: their data is read and written through it.
  dm::user::UserEngine* user = nullptr;
};

// The block devices of this machine.
std::unique_ptr<Io> make_system_io(SystemOptions options, Engines engines);

}  // namespace lvm::device
