// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/io/options.h"

#include <algorithm>

namespace lvm::device {

SystemOptions system_options(const config::Config& config, const std::vector<std::string>& only_paths) {
  SystemOptions options;
  options.directory = config.string("devices/dir");
  while (options.directory.size() > 1 && options.directory.ends_with('/')) options.directory.pop_back();
  options.scan = config.strings("devices/scan");
  for (std::string& directory : options.scan)
    while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  if (config.is_set("devices/preferred_names")) options.preferred_names = config.strings("devices/preferred_names");
  // A filter may accept or reject a device by any of its names.
  options.all_names =
      !options.preferred_names.empty() || config.is_set("devices/filter") || config.is_set("devices/global_filter");
  options.scan_volumes = config.flag("devices/scan_lvs");
  options.use_ring = config.flag("global/use_aio");
  for (std::string_view list : only_paths)
    while (!list.empty()) {
      std::size_t end = std::min(list.find(','), list.size());
      if (end > 0) options.only_paths.emplace_back(list.substr(0, end));
      list.remove_prefix(std::min(end + 1, list.size()));
    }
  options.io_timeout_seconds =
      static_cast<int>(std::clamp<std::int64_t>(config.integer("devices/io_timeout"), 1, 3600));
  return options;
}

}  // namespace lvm::device
