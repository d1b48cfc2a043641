// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "config/config.h"

namespace lvm::cli {

// What --devices names; without it LVM_IMAGES, without that devices/images. Empty: every block device of the machine.
struct Selection {
  std::vector<std::string> paths;
  bool images = false;  // image files, or directories of them
  bool blocks = false;  // block devices
  bool images_only() const { return images && !blocks; }
};
Selection select_devices(const Arguments& arguments, const config::Config& config);

// Puts what would be written to places of root's to this user's own: backups and archives of users who are not root,
// and locks where only images are used (the lock directory keeps commands on block devices apart, so for those it
// stays). Places that can be written, or that --config names, are left alone.
Result<> use_own_places(config::Config& config, const Selection& selection);

}  // namespace lvm::cli
