// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "device/pattern.h"
#include "dm/types.h"

namespace lvm::device {

// A path to a block device.
struct Name {
  std::string path;
  bool link = false;  // a symbolic link, not a node
  friend bool operator==(const Name&, const Name&) = default;
};

// Which of a device's names is shown. In order: the earliest of devices/preferred_names that matches;
// names outside of mapper/, then outside of disk/, dm-* and block/; fewest slashes; links before nodes;
// alphabetically (lvm.conf(5), devices/preferred_names).
class NameOrder {
 public:
  static Result<NameOrder> make(std::string directory, const std::vector<std::string>& preferred);
  bool better(const Name& a, const Name& b) const;
  // Best first.
  void sort(std::vector<Name>& names) const;

 private:
  NameOrder(std::string directory, PatternSet preferred)
      : directory_(std::move(directory)), preferred_(std::move(preferred)) {}
  int prefix_rank(std::string_view path) const;

  std::string directory_;  // "/dev/"
  PatternSet preferred_;
};

using NamesByNumber = std::map<dm::DeviceNumber, std::vector<Name>>;

// Collects the names below `directory` that lead to block devices; with `recursive`, of its
// subdirectories too (not through links). `skip` says which subdirectories (by path) not to enter.
// `known` maps a path to its number where that is certain beforehand, to spare a system call.
using KnownPaths = std::map<std::string, dm::DeviceNumber, std::less<>>;
void collect_names(const std::string& directory, bool recursive, const KnownPaths& known,
                   const std::vector<std::string>& skip, NamesByNumber& out);

}  // namespace lvm::device
