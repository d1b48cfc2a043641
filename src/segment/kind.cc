// SPDX-License-Identifier: LGPL-2.1-or-later
#include "segment/kind.h"

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
  for (const ListedKind& listed : kKinds)
    if (listed.name == name && listed.row != &unknown_kind) return listed.row;
  return nullptr;
}

const Kind& kind_of(const model::SegmentBody& body) { return *kRows[body.index()]; }

std::string_view type_name(const model::Segment& segment) {
  if (const auto* unknown = std::get_if<model::UnknownSegment>(&segment.body)) return unknown->type;
  const Kind& kind = kind_of(segment.body);
  return !kind.single_name.empty() && areas(segment).size() == 1 ? kind.single_name : kind.name;
}

std::span<const model::Area> areas(const model::Segment& segment) { return model::areas(segment.body); }

Extents area_length(const model::Segment& segment) { return model::area_length(segment.body, segment.count); }

std::uint32_t stripe_count(const model::Segment& segment) {
  const auto* striped = std::get_if<model::Striped>(&segment.body);
  return striped && !striped->areas.empty() ? static_cast<std::uint32_t>(striped->areas.size()) : 1;
}

Sectors stripe_size(const model::Segment& segment) {
  const auto* striped = std::get_if<model::Striped>(&segment.body);
  return striped ? striped->stripe_size : Sectors();
}

}  // namespace lvm::segment
