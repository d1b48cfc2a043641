// SPDX-License-Identifier: LGPL-2.1-or-later
#include "segment/kind.h"

#include <algorithm>

#include "model/usable.h"
#include "segment/rows.h"

namespace lvm::segment {
namespace {

constexpr std::string_view kLinear = "linear";

// Addresses only: the rows themselves are constants of their files.
constexpr auto kRows = [] {
  std::array<const Kind*, kKinds.size()> rows{};
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = kKinds[i].row;
  return rows;
}();

}  // namespace

std::span<const Kind* const> kinds() { return kRows; }

// UnknownSegment has a name for reports, but no text may ask for it by that name.
const Kind* find_kind(std::string_view name) {
  if (name == kLinear) return &striped_kind;
  for (const ListedKind& listed : kKinds) {
    if (listed.row == &unknown_kind) continue;
    const auto& names = listed.row->names;
    if (names.empty() ? listed.name == name : std::ranges::find(names, name) != names.end()) return listed.row;
  }
  return nullptr;
}

const Kind& kind_of(const model::SegmentBody& body) { return *kRows[body.index()]; }

std::string_view type_name(const model::Segment& segment) {
  if (const auto* unknown = std::get_if<model::UnknownSegment>(&segment.body)) return unknown->type;
  const Kind& kind = kind_of(segment.body);
  if (kind.type_name) return kind.type_name(segment.body);
  return !kind.single_name.empty() && areas(segment).size() == 1 ? kind.single_name : kind.name;
}

std::string type_word(const model::Segment& segment) {
  std::string out(type_name(segment));
  std::erase(out, '-');
  return out;
}

std::string_view text_name(const model::SegmentBody& body) {
  const Kind& kind = kind_of(body);
  return kind.type_name ? kind.type_name(body) : kind.name;
}

bool has_key(const Kind& kind, std::string_view key) {
  return std::ranges::find(kind.keys, key) != kind.keys.end() || (kind.owns_key && kind.owns_key(key));
}

std::span<const model::Area> areas(const model::Segment& segment) { return model::areas(segment.body); }

Extents area_length(const model::Segment& segment) { return model::area_length(segment); }

std::uint32_t stripe_count(const model::Segment& segment) {
  const auto* striped = std::get_if<model::Striped>(&segment.body);
  return striped && !striped->areas.empty() ? static_cast<std::uint32_t>(striped->areas.size()) : 1;
}

Sectors stripe_size(const model::Segment& segment) {
  const auto* striped = std::get_if<model::Striped>(&segment.body);
  return striped ? striped->stripe_size : Sectors();
}

}  // namespace lvm::segment
