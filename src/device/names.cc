// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/names.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

namespace lvm::device {
namespace {

std::ptrdiff_t slashes(std::string_view path) { return std::ranges::count(path, '/'); }

std::optional<dm::DeviceNumber> block_number(int directory_fd, const char* name) {
  struct stat status;
  if (::fstatat(directory_fd, name, &status, 0) != 0 || !S_ISBLK(status.st_mode)) return std::nullopt;
  return dm::DeviceNumber{major(status.st_rdev), minor(status.st_rdev)};
}

// DIRECTORY + a relative target without its "../" steps.
std::string join_target(std::string_view directory, std::string_view target) {
  if (target.starts_with('/')) return std::string(target);
  while (target.starts_with("../")) {
    target.remove_prefix(3);
    directory = directory.substr(0, directory.rfind('/'));
  }
  return std::string(directory).append("/").append(target);
}

}  // namespace

Result<NameOrder> NameOrder::make(std::string directory, const std::vector<std::string>& preferred) {
  PatternSet patterns = TRY(PatternSet::compile(preferred));
  if (!directory.ends_with('/')) directory += '/';
  return NameOrder(std::move(directory), std::move(patterns));
}

int NameOrder::prefix_rank(std::string_view path) const {
  if (!path.starts_with(directory_)) return 0;
  path.remove_prefix(directory_.size());
  if (path.starts_with("block/")) return 4;
  if (path.starts_with("dm-")) return 3;
  if (path.starts_with("disk/")) return 2;
  if (path.starts_with("mapper/")) return 1;
  return 0;
}

bool NameOrder::better(const Name& a, const Name& b) const {
  auto a_preferred = preferred_.first_match(a.path), b_preferred = preferred_.first_match(b.path);
  if (a_preferred != b_preferred) return a_preferred && (!b_preferred || *a_preferred < *b_preferred);
  if (int left = prefix_rank(a.path), right = prefix_rank(b.path); left != right) return left < right;
  if (auto left = slashes(a.path), right = slashes(b.path); left != right) return left < right;
  if (a.link != b.link) return a.link;
  return a.path < b.path;
}

void NameOrder::sort(std::vector<Name>& names) const {
  std::ranges::sort(names, [&](const Name& a, const Name& b) { return better(a, b); });
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

void collect_names(const std::string& directory, bool recursive, const KnownPaths& known,
                   const std::vector<std::string>& skip, NamesByNumber& out) {
  DIR* opened = ::opendir(directory.c_str());
  if (opened == nullptr) return;
  std::vector<std::string> deeper;
  while (const dirent* entry = ::readdir(opened)) {
    std::string_view name = entry->d_name;
    if (name == "." || name == ".." || name == ".udev") continue;
    std::string path = (directory + '/').append(name);
    std::optional<dm::DeviceNumber> number;
    if (entry->d_type == DT_LNK) {
      std::array<char, 1024> target;
      ssize_t length = ::readlinkat(::dirfd(opened), entry->d_name, target.data(), target.size());
      if (length <= 0) continue;
      std::string_view text(target.data(), static_cast<std::size_t>(length));
      if (text.starts_with("/proc/") || text.starts_with("/run/")) continue;
      auto at = known.find(join_target(directory, text));
      number = at != known.end() ? std::optional(at->second) : block_number(::dirfd(opened), entry->d_name);
    } else if (entry->d_type == DT_BLK || entry->d_type == DT_UNKNOWN) {
      auto at = known.find(path);
      number = at != known.end() ? std::optional(at->second) : block_number(::dirfd(opened), entry->d_name);
    } else if (entry->d_type == DT_DIR && recursive && std::ranges::find(skip, path) == skip.end()) {
      deeper.push_back(std::move(path));
      continue;
    }
    if (number) out[*number].push_back({std::move(path), entry->d_type == DT_LNK});
  }
  ::closedir(opened);
  for (const std::string& next : deeper) collect_names(next, recursive, known, skip, out);
}

}  // namespace lvm::device
