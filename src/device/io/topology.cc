// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/io/topology.h"

#include <algorithm>

namespace lvm::device {

Bytes md_stripe_width(std::string_view level, std::uint64_t disks, std::uint64_t chunk_bytes, std::uint64_t layout) {
  std::uint64_t data_disks = 0;
  if (level == "raid0") data_disks = disks;
  if ((level == "raid4" || level == "raid5") && disks > 1) data_disks = disks - 1;
  if (level == "raid6" && disks > 2) data_disks = disks - 2;
  if (level == "raid10") {
    // Near copies in the low byte, far copies in the next (md(4), /sys/block/mdX/md/layout).
    std::uint64_t copies = std::max<std::uint64_t>(layout & 0xff, 1) * std::max<std::uint64_t>(layout >> 8 & 0xff, 1);
    data_disks = disks / copies;
  }
  return Bytes(chunk_bytes * data_disks);
}

Topology read_topology(const Sysfs& sysfs, dm::DeviceNumber device) {
  Topology out;
  std::string disk = sysfs.attribute(device, "partition") ? "../" : "";
  auto queue = [&](const char* name) { return sysfs.number(device, disk + "queue/" + name); };
  out.logical_block_size = static_cast<std::uint32_t>(queue("logical_block_size").value_or(512));
  out.physical_block_size = static_cast<std::uint32_t>(queue("physical_block_size").value_or(out.logical_block_size));
  out.minimum_io_size = Bytes(queue("minimum_io_size").value_or(0));
  out.optimal_io_size = Bytes(queue("optimal_io_size").value_or(0));
  // "-1" means not aligned at all, which nothing can mend: as 0.
  out.alignment_offset = Bytes(sysfs.number(device, "alignment_offset").value_or(0));
  if (auto level = sysfs.attribute(device, disk + "md/level"))
    out.md_stripe_width = md_stripe_width(*level, sysfs.number(device, disk + "md/raid_disks").value_or(0),
                                          sysfs.number(device, disk + "md/chunk_size").value_or(0),
                                          sysfs.number(device, disk + "md/layout").value_or(0));
  return out;
}

}  // namespace lvm::device
