// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "base/units.h"
#include "device/sysfs.h"
#include "dm/types.h"

namespace lvm::device {

// A block device the kernel has, with something in it.
struct BlockDevice {
  dm::DeviceNumber number;
  std::string kernel_name;
  Bytes size;                // in whole KiB
  bool partitioned = false;  // others on the list are partitions of it
  dm::DeviceNumber disk;     // of a partition
};

// All of them in order of number. One read of /proc/partitions says it all; where that is hidden,
// sysfs is walked. Devices of size 0 (empty card readers, unbound loop devices) are left out.
std::vector<BlockDevice> list_block_devices(const std::string& proc_root, const Sysfs& sysfs);

// The lines of /proc/partitions ("major minor  #blocks  name"); others are skipped.
std::vector<BlockDevice> parse_partitions(std::string_view text);

// Sorts, and sets `partitioned` and `disk` from the kernel's rule for names of partitions: the disk's name and a
// number, with a 'p' between when the disk's name ends in a digit.
void finish_list(std::vector<BlockDevice>& devices);

}  // namespace lvm::device
