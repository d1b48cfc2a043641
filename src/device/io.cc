// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/io.h"

#include <algorithm>

#include "device/signatures.h"

namespace lvm::device {

std::optional<std::size_t> Io::locate(const std::string& path, std::span<const Device> devices) {
  for (std::size_t i = 0; i < devices.size(); ++i)
    if (devices[i].path == path || std::ranges::find(devices[i].aliases, path) != devices[i].aliases.end()) return i;
  return std::nullopt;
}

Result<std::vector<Signature>> Io::signatures(const Device& device) { return find_signatures(device); }

}  // namespace lvm::device
