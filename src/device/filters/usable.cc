// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "device/filters/rows.h"

namespace lvm::device {
namespace {

constexpr std::string_view kVolumePrefix = "LVM-";
constexpr std::size_t kIds = 64;  // VG id and LV id behind the prefix

// Devices that dmsetup makes need have no uuid.
bool has_mapper_name(const Device& device) {
  auto is_of_mapper = [](std::string_view path) {
    return path.starts_with("/dev/mapper/") || path.starts_with("/dev/dm-");
  };
  return is_of_mapper(device.path) || std::ranges::any_of(device.aliases, is_of_mapper);
}

}  // namespace

bool filter_own_volume(const FilterContext& context, const FilterSubject& subject) {
  return !context.scan_lvs && subject.device.dm_uuid.starts_with(kVolumePrefix);
}

// A device-mapper device that would not answer, or answers nothing but errors.
bool filter_usable(const FilterContext& context, const FilterSubject& subject) {
  const std::string& uuid = subject.device.dm_uuid;
  if (uuid.empty() && !has_mapper_name(subject.device)) return false;
  // Inner parts of volumes have a suffix; the volume itself is the one to use.
  if (uuid.starts_with(kVolumePrefix) && uuid.size() > kVolumePrefix.size() + kIds) return true;
  auto unusable = [&](const dm::Info& info) {
    return (info.suspended && context.ignore_suspended) || !info.live_table;
  };
  if (uuid.empty()) {
    auto info = context.engine.info(subject.device.number);
    return info && *info && unusable(**info);
  }
  auto found = context.engine.live_table(uuid);
  if (!found) return false;  // not ours to judge without the driver
  if (!*found || unusable((*found)->info)) return true;
  const auto& table = (*found)->table;
  if (!table) return false;
  auto is = [](std::string_view type) {
    return [type](const dm::Target& target) { return dm::target_type(target.body) == type; };
  };
  if (!table->empty() && std::ranges::all_of(*table, is("error"))) return true;
  // A mirror whose leg failed blocks until someone repairs it.
  return context.ignore_mirrors && std::ranges::any_of(*table, is("mirror"));
}

}  // namespace lvm::device
