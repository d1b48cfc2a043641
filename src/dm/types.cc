// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/types.h"

#include "dm/target/row.h"

namespace lvm::dm {
namespace {

void append_doubled(std::string& out, std::string_view part) {
  for (char c : part) {
    out += c;
    if (c == '-') out += '-';
  }
}

// Takes the text up to the next single hyphen off `rest`, halving doubled ones. A hyphen at the very end
// separates nothing and stays.
std::string take_part(std::string_view& rest) {
  std::string part;
  std::size_t i = 0;
  while (i < rest.size()) {
    if (rest[i] == '-' && i + 1 < rest.size()) {
      ++i;
      if (rest[i] != '-') break;
    }
    part += rest[i++];
  }
  rest.remove_prefix(i);
  return part;
}

}  // namespace

Sectors table_length(const Table& table) {
  return table.empty() ? Sectors() : table.back().start + table.back().length;
}

std::string_view target_type(const TargetBody& body) {
  if (const auto* other = std::get_if<OtherTarget>(&body)) return other->type;
  return target_row(body).name;
}

std::string device_name(std::string_view vg, std::string_view lv, std::string_view layer) {
  std::string name;
  name.reserve(vg.size() + lv.size() + layer.size() + 8);
  append_doubled(name, vg);
  if (!lv.empty()) {
    name += '-';
    append_doubled(name, lv);
  }
  if (!layer.empty()) {
    if (layer.front() != '_') name += '-';
    append_doubled(name, layer);
  }
  return name;
}

SplitName split_device_name(std::string_view name) {
  SplitName split;
  split.vg = take_part(name);
  split.lv = take_part(name);
  split.layer = take_part(name);
  return split;
}

}  // namespace lvm::dm
