// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "segment/parts.h"
#include "segment/raw.h"
#include "syntax/document.h"

// Values of single keys, checked.
namespace lvm::metadata {

inline constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::uint64_t kMax63 = std::numeric_limits<std::int64_t>::max();

template <class Tag>
Result<> read_id(const syntax::Node& node, Id<Tag>& to) {
  auto text = node.string();
  if (!text) return segment::wrong(node, "is not a string");
  auto id = Id<Tag>::parse(*text);
  if (!id) return segment::wrong(node, "is not an id of 32 characters");
  to = *id;
  return {};
}

inline Result<> read_string(const syntax::Node& node, std::string& to) {
  auto text = node.string();
  if (!text) return segment::wrong(node, "is not a string");
  to = *text;
  return {};
}

Result<std::vector<std::string>> read_strings(const syntax::Node& node);

// Seconds since 1970. Times that do not fit are replaced as LVM does.
Result<std::int64_t> read_time(const syntax::Node& node);

// Keys of a section that `is_known` denies, as raw text.
template <class IsKnown>
std::string keep_unknown(const syntax::Node& section, IsKnown is_known) {
  std::string kept;
  segment::RawKeeper keeper(kept);
  for (syntax::Node child : section.children()) {
    if (is_known(child))
      keeper.skip(child);
    else
      keeper.keep(child);
  }
  return kept;
}

}  // namespace lvm::metadata
