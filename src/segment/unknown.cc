// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "segment/parts.h"
#include "segment/raw.h"
#include "segment/rows.h"

// A type this program does not know, or a known one with an unknown +FLAG: the section is kept word for
// word. What it occupies is guessed from every `"pvN", extent` pair in it.
namespace lvm::segment {
namespace {

using model::Segment;
using model::SegmentBody;
using model::UnknownSegment;

constexpr std::array<std::string_view, 5> kCommonKeys = {"start_extent", "extent_count", "type", "tags",
                                                         "reshape_count"};

bool is_common(std::string_view key) {
  return std::find(kCommonKeys.begin(), kCommonKeys.end(), key) != kCommonKeys.end();
}

void guess_areas(const syntax::Node& list, const Names& names, std::vector<model::Area>& areas) {
  for (syntax::Node at : list.children()) {
    auto name = at.string();
    auto start = at.next().integer();
    if (!name || !start || *start < 0) continue;
    if (auto pv = names.pv_id(*name))
      areas.emplace_back(model::PvArea{*pv, Extents(static_cast<std::uint64_t>(*start))});
  }
}

// As deep as the parser lets sections nest.
void guess_in_section(const syntax::Node& section, const Names& names, std::vector<model::Area>& areas) {
  for (syntax::Node child : section.children()) {
    if (child.kind() == syntax::Kind::array) guess_areas(child, names, areas);
    if (child.is_section()) guess_in_section(child, names, areas);
  }
}

Result<SegmentBody> read(const syntax::Node& section, const Names& names) {
  UnknownSegment unknown;
  RawKeeper keeper(unknown.body);
  for (syntax::Node child : section.children()) {
    if (child.name() == "type") {
      auto type = child.string();
      if (!type) return wrong(child, "is not a string");
      unknown.type = *type;
    }
    if (is_common(child.name()))
      keeper.skip(child);
    else
      keeper.keep(child);
  }
  guess_in_section(section, names, unknown.areas);
  return unknown;
}

void write(const SegmentBody& body, syntax::Printer& out, const Names&) {
  out.verbatim(std::get<UnknownSegment>(body).body);
}

Result<dm::Target> target(const model::Lv&, const Segment& segment, Sectors, const Devices&) {
  return fail(Code::unsupported,
              fmt::format("Segments of type \"{}\" are not known to this version and cannot be activated.",
                          std::get<UnknownSegment>(segment.body).type));
}

// Characters that may stand in a name: a name's neighbours are others.
bool in_name(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
         c == '+' || c == '-';
}

}  // namespace

constexpr Kind unknown_kind = {
    .name = "unknown",
    .single_name = {},
    .module = {},
    .is_virtual = false,
    .read = read,
    .keys = {},
    .write = write,
    .areas = row_areas,
    .area_length = row_area_length,
    .check = row_check,
    .target = target,
};
static_assert(is_complete<UnknownSegment>(unknown_kind));

bool references_name(const SegmentBody& body, std::string_view name) {
  const auto* unknown = std::get_if<UnknownSegment>(&body);
  if (!unknown || name.empty()) return false;
  std::string_view text = unknown->body;
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    auto after = at + name.size();
    bool begins = at == 0 || !in_name(text[at - 1]);
    bool ends = after == text.size() || !in_name(text[after]);
    if (begins && ends) return true;
  }
  return false;
}

}  // namespace lvm::segment
