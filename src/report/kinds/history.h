// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string_view>
#include <vector>

// Volumes that are gone, as the metadata text remembers them (facts: historical LVs).
namespace lvm::report::kinds {

struct Historical {
  std::string_view name;  // without the "-" in front
  std::string_view origin;
  std::vector<std::string_view> descendants;
};

// The section "historical_logical_volumes" as it stands in the text. What cannot be read is passed over: it was
// accepted as text only.
std::vector<Historical> read_history(std::string_view section);
// By its name, with or without the "-"; null for none.
const Historical* find_historical(const std::vector<Historical>& history, std::string_view name);

}  // namespace lvm::report::kinds
