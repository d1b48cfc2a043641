// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dm/types.h"

namespace lvm::device {

// The kernel's view of block devices: /sys/dev/block/MAJOR:MINOR. `root` is another directory in tests.
class Sysfs {
 public:
  explicit Sysfs(std::string root = "/sys") : root_(std::move(root)) {}

  bool present() const;
  std::string directory(dm::DeviceNumber device) const;
  // The attribute without the final newline; nullopt when there is none. `name` may be a path.
  std::optional<std::string> attribute(dm::DeviceNumber device, std::string_view name) const;
  std::optional<std::uint64_t> number(dm::DeviceNumber device, std::string_view name) const;
  // "sda": the last part of what the link MAJOR:MINOR points to.
  std::optional<std::string> kernel_name(dm::DeviceNumber device) const;
  // Devices listed in a directory such as "slaves" or "holders".
  std::vector<dm::DeviceNumber> related(dm::DeviceNumber device, std::string_view directory_name) const;
  // Every number that has an entry, in no order.
  std::vector<dm::DeviceNumber> all() const;

 private:
  std::string root_;
};

// A small file in one read; nullopt when it cannot be read. For /proc and /sys.
std::optional<std::string> read_small_file(const std::string& path);

// "8:17"; nullopt when it is anything else.
std::optional<dm::DeviceNumber> parse_device_number(std::string_view text);

}  // namespace lvm::device
