// SPDX-License-Identifier: LGPL-2.1-or-later
#include "access/volume_files.h"

#include <algorithm>
#include <set>

namespace lvm::access {
namespace {

constexpr std::string_view kMapper = "mapper";

// The name of the file of `volume` in `directory` (without slashes); nullopt: it has none there.
std::optional<std::string> name_in(const dm::user::Volume& volume, std::string_view directory) {
  if (!volume.info.live_table) return std::nullopt;
  if (directory == kMapper) return volume.info.name;
  if (volume.link && volume.link->vg == directory) return volume.link->lv;
  return std::nullopt;
}

}  // namespace

std::optional<Node> find_node(const std::vector<dm::user::Volume>& volumes, std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  if (path.empty() || path == kMapper) return Node{.directory = true};
  std::size_t slash = path.find('/');
  std::string_view directory = path.substr(0, slash);
  for (const dm::user::Volume& volume : volumes) {
    std::optional<std::string> name = name_in(volume, directory);
    if (!name) continue;
    if (slash == std::string_view::npos) return Node{.directory = true};
    if (*name == path.substr(slash + 1)) return Node{false, volume.info.device, volume.size, volume.info.read_only};
  }
  return std::nullopt;
}

std::vector<std::string> list_directory(const std::vector<dm::user::Volume>& volumes, std::string_view path) {
  std::set<std::string> names;
  if (path == "/") {
    names.emplace(kMapper);
    for (const dm::user::Volume& volume : volumes)
      if (volume.link && volume.info.live_table) names.insert(volume.link->vg);
  } else {
    path.remove_prefix(std::min<std::size_t>(path.size(), 1));
    for (const dm::user::Volume& volume : volumes)
      if (auto name = name_in(volume, path)) names.insert(*std::move(name));
  }
  return {names.begin(), names.end()};
}

}  // namespace lvm::access
