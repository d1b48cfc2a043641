// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/kinds/history.h"

#include <algorithm>

namespace lvm::report::kinds {
namespace {

std::string_view trimmed(std::string_view line) {
  const auto begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t") - begin + 1);
}

// The quoted words of a line.
std::vector<std::string_view> quoted(std::string_view line) {
  std::vector<std::string_view> found;
  for (auto open = line.find('"'); open != std::string_view::npos;) {
    const auto close = line.find('"', open + 1);
    if (close == std::string_view::npos) break;
    found.push_back(line.substr(open + 1, close - open - 1));
    open = line.find('"', close + 1);
  }
  return found;
}

}  // namespace

std::vector<Historical> read_history(std::string_view section) {
  std::vector<Historical> found;
  bool outer = true;  // the section's own name comes first
  while (!section.empty()) {
    const auto end = std::min(section.find('\n'), section.size());
    const auto line = trimmed(section.substr(0, end));
    section.remove_prefix(std::min(end + 1, section.size()));
    if (line.ends_with('{')) {
      if (!outer) found.push_back({trimmed(line.substr(0, line.size() - 1)), {}, {}});
      outer = false;
    } else if (found.empty()) {
      continue;
    } else if (line.starts_with("origin")) {
      if (const auto words = quoted(line); !words.empty()) found.back().origin = words.front();
    } else if (line.starts_with("descendants")) {
      found.back().descendants = quoted(line);
    }
  }
  return found;
}

const Historical* find_historical(const std::vector<Historical>& history, std::string_view name) {
  if (name.starts_with('-')) name.remove_prefix(1);
  const auto at = std::ranges::find(history, name, &Historical::name);
  return at == history.end() ? nullptr : &*at;
}

}  // namespace lvm::report::kinds
