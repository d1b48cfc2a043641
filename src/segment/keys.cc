// SPDX-License-Identifier: LGPL-2.1-or-later
#include "segment/keys.h"

#include <fmt/format.h>

namespace lvm::segment {

void Keys::fail_at(const syntax::Node& node, std::string_view what) {
  if (status_) status_ = wrong(node, what);
}

syntax::Node Keys::find(std::string_view key, Presence presence) {
  syntax::Node found;
  for (syntax::Node child : section_.children())
    if (child.name() == key) found = child;
  if (!found.exists() && presence == Presence::needed) fail_at(section_, fmt::format("has no {}", key));
  return found;
}

std::optional<std::uint64_t> Keys::whole(std::string_view key, Presence presence, std::uint64_t most) {
  syntax::Node node = find(key, presence);
  if (!node.exists()) return std::nullopt;
  std::optional<std::uint64_t> value;
  if (auto read = read_number(node, most, value); !read && status_) status_ = std::move(read);
  return value;
}

void Keys::word(std::string_view key, std::string& to, Presence presence) {
  syntax::Node node = find(key, presence);
  if (!node.exists()) return;
  if (auto text = node.string())
    to = *text;
  else
    fail_at(node, "is not a string");
}

void Keys::lv(std::string_view key, LvId& to, Presence presence) {
  syntax::Node node = find(key, presence);
  if (!node.exists()) return;
  auto text = node.string();
  if (!text) return fail_at(node, "is not the name of a logical volume");
  if (auto id = names_.lv_id(*text))
    to = *id;
  else
    fail_at(node, fmt::format("names \"{}\", which is no logical volume of the volume group", *text));
}

}  // namespace lvm::segment
