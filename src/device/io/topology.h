// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/io.h"
#include "device/sysfs.h"

namespace lvm::device {

// From sysfs; what is not said there keeps its default. A partition has the queue of its disk and an
// alignment offset of its own.
Topology read_topology(const Sysfs& sysfs, dm::DeviceNumber device);

// The bytes of data in one full stripe of an md array; 0 when it is none or is not striped.
Bytes md_stripe_width(std::string_view level, std::uint64_t disks, std::uint64_t chunk_bytes, std::uint64_t layout);

}  // namespace lvm::device
