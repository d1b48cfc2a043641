// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/segment.h"

#include <fmt/format.h>

#include "model/usable.h"

namespace lvm::model {

std::string Striped::problem(Extents count) const {
  if (areas.empty()) return "has no stripes";
  if (areas.size() > kMaxStripes)
    return fmt::format("has {} stripes, more than the {} supported", areas.size(), kMaxStripes);
  if (count.n % areas.size() != 0)
    return fmt::format("holds {} extents, which do not divide by its {} stripes", count.n, areas.size());
  if (areas.size() > 1 && !stripe_size) return "has several stripes but no stripe size";
  return {};
}

std::span<const Area> areas(const SegmentBody& body) {
  return std::visit(
      [](const auto& kind) -> std::span<const Area> {
        if constexpr (requires { kind.areas; }) return kind.areas;
        return {};
      },
      body);
}

Extents area_length(const SegmentBody& body, Extents count) {
  return std::visit(
      [&](const auto& kind) {
        if constexpr (requires { kind.area_length(count); }) return kind.area_length(count);
        return Extents();
      },
      body);
}

Extents area_length(const Segment& segment) {
  Extents data = area_length(segment.body, usable(segment));
  return std::holds_alternative<Raid>(segment.body) ? data + segment.reshape_extents : data;
}

std::string problem(const Segment& segment) {
  return std::visit(
      [&](const auto& kind) -> std::string {
        if constexpr (requires { kind.problem(segment.count); }) return kind.problem(segment.count);
        return {};
      },
      segment.body);
}

std::vector<Reference> references(const SegmentBody& body) {
  std::vector<Reference> out;
  for_each_reference(body, [&](const Reference& reference) { out.push_back(reference); });
  return out;
}

LvId referenced(const SegmentBody& body, Role role, std::uint32_t index) {
  LvId found;
  for_each_reference(body, [&](const Reference& reference) {
    if (reference.role == role && reference.index == index) found = reference.lv;
  });
  return found;
}

void replace_reference(SegmentBody& body, LvId from, LvId to) {
  std::visit(
      [&](auto& kind) {
        if constexpr (requires { kind.kAreaRole; })
          for (Area& area : kind.areas)
            if (auto* leg = std::get_if<LvArea>(&area); leg && leg->lv == from) leg->lv = to;
        if constexpr (requires { kind.references(kind, [](Role, LvId&) {}); })
          kind.references(kind, [&](Role, LvId& lv) {
            if (lv == from) lv = to;
          });
      },
      body);
}

Extents usable(const Segment& segment) {
  const auto* raid = std::get_if<Raid>(&segment.body);
  if (!segment.reshape_extents || !raid) return segment.count;
  Extents reserved = segment.reshape_extents * images_with_data(*raid);
  return reserved < segment.count ? segment.count - reserved : segment.count;
}

bool is_unknown(const Segment& segment) { return std::holds_alternative<UnknownSegment>(segment.body); }

}  // namespace lvm::model
