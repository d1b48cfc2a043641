// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace lvm::device {

// A driver of block devices that may be PVs: its name in /proc/devices.
struct DeviceType {
  std::string_view name;
  std::uint32_t partitions;  // minor numbers per device; 1 when it cannot be partitioned
  std::string_view description;
};
std::span<const DeviceType> known_device_types();

// Partitions per device by major number, of the types known and those added by `extra`: pairs of name
// and number in a row (devices/types).
std::map<std::uint32_t, std::uint32_t> accepted_majors(std::string_view proc_devices,
                                                       std::span<const std::string> extra);

}  // namespace lvm::device
