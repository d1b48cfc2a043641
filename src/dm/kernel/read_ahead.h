// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "base/result.h"
#include "base/units.h"
#include "dm/types.h"

namespace lvm::dm {

// Read-ahead of a block device, kept by the kernel in KiB: SYSFS/dev/block/MAJOR:MINOR/bdi/read_ahead_kb.
Result<Sectors> get_read_ahead(const std::string& sysfs, DeviceNumber device);
Result<> put_read_ahead(const std::string& sysfs, DeviceNumber device, Sectors value);

}  // namespace lvm::dm
