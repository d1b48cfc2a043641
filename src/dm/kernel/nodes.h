// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/trace.h"
#include "dm/types.h"

namespace lvm::dm {

// Paths of devices, kept by hand: block nodes in DEV/mapper, links DEV/VG/LV -> DEV/mapper/NAME. Used where no
// udev runs, and to check what udev did.
class Nodes {
 public:
  Nodes(std::string device_directory, Trace& trace) : dev_(std::move(device_directory)), trace_(trace) {}

  // What is to be true of a path once things have settled; a later word on the same path wins.
  void want(const std::string& name, DeviceNumber number, const std::optional<NodeLink>& link);
  void unwant(const std::string& name, const std::optional<NodeLink>& link);
  bool pending() const { return !nodes_.empty() || !links_.empty(); }
  void forget();

  // Makes it true. With `after_udev`, each correction is warned of: udev should have done it.
  Result<> apply(bool after_udev);

  std::string mapper_directory() const { return dev_ + "/mapper"; }
  // Removes the link DEV/VG/LV, whatever it points to, and the directory with its last link.
  Result<> remove_link(const NodeLink& link);

 private:
  bool node_is(const std::string& path, DeviceNumber number) const;
  Result<> apply_nodes(const std::map<std::string, std::optional<DeviceNumber>>& nodes, bool after_udev);
  // `mode`: who of its owner and group may read and write.
  Result<> make_node(const std::string& path, DeviceNumber number, unsigned mode);
  Result<> make_link(const NodeLink& link, const std::string& name, DeviceNumber number, bool after_udev);

  Result<> unlink(const NodeLink& link, bool after_udev);
  void remove_directory(const std::string& vg);

  struct Target {
    std::string name;
    DeviceNumber number;
  };
  std::string dev_;
  std::optional<unsigned> disk_group_;  // whose the nodes are, once looked up
  Trace& trace_;
  std::map<std::string, std::optional<DeviceNumber>> nodes_;  // by name; nullopt: must not be there
  std::map<std::pair<std::string, std::string>, std::optional<Target>> links_;
};

}  // namespace lvm::dm
