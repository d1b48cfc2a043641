// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ondisk/label.h"
#include "ondisk/pv_header.h"
#include "scan/pass.h"

namespace lvm::scan {

std::optional<world::PvDevice> find_pv_label(Pass& pass, const device::Device& device,
                                             std::span<const std::byte> head) {
  ondisk::LabelScan scan = ondisk::find_label(head);
  for (const std::string& problem : scan.problems)
    pass.find_about_device(world::Finding::Kind::damaged_label, device.path, device.path + ": " + problem);
  if (!scan.label) return std::nullopt;
  auto header = ondisk::read_pv_header(head, *scan.label);
  if (!header) {
    pass.find_about_device(world::Finding::Kind::damaged_label, device.path,
                           device.path + ": " + header.error().text());
    return std::nullopt;
  }
  world::PvDevice pv;
  pv.device = device;
  pv.id = header->id;
  pv.header_size = header->device_size;
  pv.label_sector = scan.label->sector;
  pv.data_start = header->data_start();
  if (!header->boot_areas.empty()) {
    pv.boot_start = header->boot_areas.front().start;
    pv.boot_size = header->boot_areas.front().size;
  }
  pv.extension_version = header->extension_version;
  pv.used = header->used();
  for (const ondisk::DiskArea& area : header->metadata_areas)
    pv.areas.push_back({.start = area.start, .size = area.size});
  return pv;
}

}  // namespace lvm::scan
