// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/status.h"

#include <fmt/format.h>

#include <algorithm>

#include "dm/target/row.h"
#include "dm/text.h"

namespace lvm::dm {
namespace {

// Takes the next word and the one blank behind it.
std::string_view take_word(std::string_view& rest) {
  auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  return word;
}

}  // namespace

bool CacheStatus::has_feature(std::string_view feature) const {
  return std::ranges::find(features, feature) != features.end();
}

std::string_view CacheStatus::mode() const {
  for (std::string_view mode : {"writethrough", "writeback", "passthrough"})
    if (has_feature(mode)) return mode;
  return {};
}

Result<StatusBody> parse_status(std::string_view type, std::string_view params) {
  const TargetRow& row = target_row(type);
  if (row.status == nullptr) return OtherStatus{std::string(type), std::string(params)};
  return row.status(type, params);
}

Status read_status(const StatusLine& line) {
  auto body = parse_status(line.type, line.params);
  if (!body) body = OtherStatus{line.type, line.params};
  return {line.start, line.length, *std::move(body), line.type};
}

Result<StatusLine> parse_status_line(std::string_view line) {
  auto rest = line;
  auto start = parse_number(take_word(rest));
  auto length = parse_number(take_word(rest));
  auto type = take_word(rest);
  if (!start || !length || type.empty())
    return fail(Code::corrupt, fmt::format("Status line \"{}\": start, length and target type expected.", line));
  return StatusLine{Sectors(*start), Sectors(*length), std::string(type), std::string(rest)};
}

}  // namespace lvm::dm
