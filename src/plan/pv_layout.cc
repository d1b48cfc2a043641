// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/pv_layout.h"

namespace lvm::plan {

step::PvLayout layout_of(const world::PvDevice& device) {
  step::PvLayout out;
  out.label_sector = device.label_sector;
  out.device_size = device.header_size;
  out.data_start = device.data_start;
  out.boot_start = device.boot_start;
  out.boot_size = device.boot_size;
  out.used = device.used;
  for (const world::MetadataArea& area : device.areas) out.areas.push_back({area.start, area.size, area.ignored});
  return out;
}

step::WriteLabel orphan_label(const world::PvDevice& device) {
  step::WriteLabel out;
  out.device = device.device;
  out.id = device.id;
  out.layout = layout_of(device);
  out.layout.used = false;
  out.wipe_head = false;
  out.format_areas = true;
  return out;
}

}  // namespace lvm::plan
