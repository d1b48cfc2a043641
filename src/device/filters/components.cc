// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/filters/rows.h"
#include "device/signatures.h"

// Devices that are parts of others. The kernel knows parts of what is running.
namespace lvm::device {

bool filter_multipath(const FilterContext& context, const FilterSubject& subject) {
  return context.multipath_components && subject.device.multipath_component;
}

bool filter_partitions(const FilterContext&, const FilterSubject& subject) { return subject.device.partitioned; }

bool filter_md_running(const FilterContext& context, const FilterSubject& subject) {
  return context.md_components && subject.device.md_component;
}

bool filter_size(const FilterContext& context, const FilterSubject& subject) {
  return subject.device.size && subject.device.size < context.minimum_size;
}

// "isw_raid_member", "ddf_raid_member"...: metadata at places of their own, which libblkid knows.
bool filter_firmware_raid(const FilterContext& context, const FilterSubject& subject) {
  if (!context.firmware_raid) return false;
  auto signatures = find_signatures(subject.device);
  if (!signatures) return false;
  for (const Signature& signature : *signatures)
    if (signature.type.ends_with("_raid_member") && signature.type != "linux_raid_member") return true;
  return false;
}

}  // namespace lvm::device
