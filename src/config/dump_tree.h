// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/dump.h"
#include "config/row.h"

namespace lvm::config {

// A section or setting on its way to print.
struct Entry {
  std::string name;
  const Row* row = nullptr;  // none: a setting nobody knows, or one below a free section
  Type type = Type::section;
  syntax::Node node;  // the value that was set; absent: the default
  std::vector<Entry> children;

  Entry* child(std::string_view wanted);
  const Entry* find(std::string_view path) const;
  bool has_value() const { return node.exists() || (row != nullptr && (row->flags & kNoDefault) == 0); }
};

// The default of a string, with the configuration directory where it is meant.
std::string default_string(const Row& row, std::string_view system_dir);

// The entries of one kind of dump below an unnamed root. Versions as version() has them.
struct TreeRequest {
  DumpType type;
  bool merged, ignore_advanced, ignore_unsupported, ignore_local, show_deprecated, show_unsupported;
  std::uint32_t at, since;
};
Entry build_tree(const Config& config, const TreeRequest& request);

}  // namespace lvm::config
