// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <vector>

#include "device/io.h"
#include "device/sysfs.h"

namespace lvm::device {

// What the kernel knows a device by, best first; its name is the last resort and always there.
DeviceIds read_device_ids(const Sysfs& sysfs, const Device& device);

// The designators of a drive's vital product data, page 0x83 (SPC-5, 7.8.6): those of the logical unit itself, as
// "naa.", "eui." and "t10." ids.
std::vector<DeviceId> ids_in_vpd83(std::span<const std::byte> page);

}  // namespace lvm::device
