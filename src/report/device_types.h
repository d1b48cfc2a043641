// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include "report/source.h"

namespace lvm::report {

// Block devices by the names that /proc/devices has for them, as LVM2 2.03.16 knows them.
std::span<const DeviceType> device_types();

}  // namespace lvm::report
