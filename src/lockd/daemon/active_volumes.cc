// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/daemon/active_volumes.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/files.h"
#include "lockd/words.h"

namespace lvm::lockd {

// Lines "1: FLOCK  ADVISORY  WRITE 4711 00:19:32 0 EOF": the process, and the file's device and inode. Who still waits
// for a lock has "->" behind the number.
bool vg_in_use(const std::string& vg_name, const std::set<int>& clients, const std::string& lock_folder,
               const std::string& proc_locks) {
  struct stat file{};
  if (::stat((lock_folder + "/V_" + vg_name).c_str(), &file) != 0) return false;
  const std::string name =
      fmt::format("{:02x}:{:02x}:{}", major(file.st_dev), minor(file.st_dev), static_cast<std::uint64_t>(file.st_ino));
  SystemFiles files;
  auto text = files.read(proc_locks);
  if (!text) return false;
  for (std::string_view rest = *text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::vector<std::string_view> words = words_of(line);
    if (words.size() < 6 || words[1] != "FLOCK" || words[5] != name) continue;
    int id = 0;
    std::from_chars(words[4].data(), words[4].data() + words[4].size(), id);
    if (!clients.contains(id)) return true;
  }
  return false;
}

std::vector<std::string> active_lv_uuids(const std::string& sysfs_block) {
  constexpr std::string_view kPrefix = "LVM-";
  constexpr std::size_t kLvAt = 36, kIdLength = 32;
  SystemFiles files;
  std::vector<std::string> out;
  auto devices = files.list(sysfs_block);
  if (!devices) return out;
  for (const std::string& device : *devices) {
    if (!device.starts_with("dm-")) continue;
    auto uuid = files.read(sysfs_block + "/" + device + "/dm/uuid");
    if (uuid && uuid->starts_with(kPrefix) && uuid->size() >= kLvAt + kIdLength)
      out.push_back(uuid->substr(kLvAt, kIdLength));
  }
  return out;
}

}  // namespace lvm::lockd
