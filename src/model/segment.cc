// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/segment.h"

#include <fmt/format.h>

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

std::string problem(const Segment& segment) {
  return std::visit(
      [&](const auto& kind) -> std::string {
        if constexpr (requires { kind.problem(segment.count); }) return kind.problem(segment.count);
        return {};
      },
      segment.body);
}

bool is_unknown(const Segment& segment) { return std::holds_alternative<UnknownSegment>(segment.body); }

}  // namespace lvm::model
