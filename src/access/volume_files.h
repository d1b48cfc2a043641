// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dm/user/user_engine.h"

// The volumes of the embedded engine as a tree of files: /VG/LV as their last resume named them, and /mapper/NAME
// for every device. Pure: what FUSE is told, without FUSE.
namespace lvm::access {

struct Node {
  bool directory = false;
  dm::DeviceNumber device;  // of a file
  Bytes size;
  bool read_only = false;
};

// What `path` ("/", "/mapper", "/vg/lv") names among `volumes`. Devices without a table have no data and no file.
std::optional<Node> find_node(const std::vector<dm::user::Volume>& volumes, std::string_view path);

// The names in a directory, sorted.
std::vector<std::string> list_directory(const std::vector<dm::user::Volume>& volumes, std::string_view path);

}  // namespace lvm::access
