// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "base/result.h"
#include "device/io.h"
#include "device/io/system_io.h"
#include "device/sysfs.h"
#include "dm/engine.h"

namespace lvm::device {

// Every block device that has a size and a name below devices/scan, in order of number, behind the image
// files of SystemOptions::only_paths. `engine` may be null. `number_images`: they get the numbers that the embedded
// engine knows them by.
Result<std::vector<Device>> enumerate_devices(const SystemOptions& options, const Sysfs& sysfs, dm::Engine* engine,
                                              bool number_images);

}  // namespace lvm::device
