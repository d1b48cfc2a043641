// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/daemon/active_volumes.h"

#include "base/files.h"

namespace lvm::lockd {

std::vector<std::string> active_lv_uuids(const std::string& sysfs_block) {
  constexpr std::string_view kPrefix = "LVM-";
  constexpr std::size_t kLvAt = 36, kIdLength = 32;
  SystemFiles files;
  std::vector<std::string> out;
  auto devices = files.list(sysfs_block);
  if (!devices) return out;
  for (const DirectoryEntry& device : *devices) {
    if (!device.name.starts_with("dm-")) continue;
    auto uuid = files.read(sysfs_block + "/" + device.name + "/dm/uuid");
    if (uuid && uuid->starts_with(kPrefix) && uuid->size() >= kLvAt + kIdLength)
      out.push_back(uuid->substr(kLvAt, kIdLength));
  }
  return out;
}

}  // namespace lvm::lockd
