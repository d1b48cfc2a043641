// SPDX-License-Identifier: LGPL-2.1-or-later
#include "step/text_change.h"

#include <algorithm>
#include <span>
#include <unordered_map>

#include "base/lines.h"

namespace lvm::step {
namespace {

using Lines = std::span<const std::string_view>;

// Without the tabs in front, at most so many.
std::string_view without_tabs(std::string_view line, std::size_t most) {
  while (most-- > 0 && line.starts_with('\t')) line.remove_prefix(1);
  return line;
}

std::string_view trimmed(std::string_view line) { return without_tabs(line, line.size()); }

// A value or a section with all its lines.
struct Item {
  std::string_view name;
  Lines lines;
  bool section = false;
};

// What stands side by side in some lines.
std::vector<Item> items_of(Lines lines) {
  std::vector<Item> out;
  for (std::size_t i = 0; i < lines.size();) {
    const std::string_view line = trimmed(lines[i]);
    const bool section = line.ends_with(" {"), list = line.ends_with(" = [");
    std::size_t end = i + 1;
    if (section || list) {
      int open = 1;
      for (; end < lines.size() && open > 0; ++end) {
        const std::string_view inner = trimmed(lines[end]);
        if (section ? inner.ends_with(" {") : inner.ends_with(" = [")) ++open;
        if (section ? inner == "}" : inner == "]") --open;
      }
    }
    out.push_back({line.substr(0, line.find(' ')), lines.subspan(i, end - i), section});
    i = end;
  }
  return out;
}

class Comparison {
 public:
  TextChange run(Lines before, Lines after) {
    compare({}, before, after, 0);
    return std::move(out_);
  }

 private:
  void compare(const std::string& path, Lines before, Lines after, std::size_t depth) {
    if (std::ranges::equal(before, after)) return;
    const std::vector<Item> old_items = items_of(before), new_items = items_of(after);
    std::unordered_map<std::string_view, const Item*> by_name;
    for (const Item& item : new_items) by_name.emplace(item.name, &item);
    const std::size_t at = out_.size();
    out_.push_back({path, {}, {}});
    // Values and whole sections of this one first, then what is inside those that are in both.
    std::vector<std::pair<const Item*, const Item*>> inside;
    for (const Item& item : old_items) {
      auto found = by_name.find(item.name);
      if (found == by_name.end()) {
        add(out_[at].removed, item, depth);
        continue;
      }
      const Item& other = *found->second;
      by_name.erase(found);
      if (item.section && other.section) {
        inside.emplace_back(&item, &other);
      } else if (!std::ranges::equal(item.lines, other.lines) && item.name != "seqno") {
        add(out_[at].removed, item, depth);
        add(out_[at].added, other, depth);
      }
    }
    for (const Item& item : new_items)
      if (by_name.contains(item.name)) add(out_[at].added, item, depth);
    if (out_[at].removed.empty() && out_[at].added.empty()) out_.pop_back();
    for (const auto& [item, other] : inside)
      compare(path.empty() ? std::string(item->name) : path + '/' + std::string(item->name), body(*item), body(*other),
              depth + 1);
  }

  // Between the braces.
  static Lines body(const Item& section) {
    return section.lines.size() < 2 ? Lines() : section.lines.subspan(1, section.lines.size() - 2);
  }

  static void add(std::vector<std::string>& to, const Item& item, std::size_t depth) {
    for (std::string_view line : item.lines) to.emplace_back(without_tabs(line, depth));
  }

  TextChange out_;
};

}  // namespace

TextChange text_change(std::string_view before, std::string_view after) {
  return Comparison().run(lines_of(before), lines_of(after));
}

}  // namespace lvm::step
