// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <limits>

#include "segment/parts.h"
#include "segment/rows.h"

// Linear and striped: extents of one or several areas, in turns of `stripe_size` sectors.
namespace lvm::segment {
namespace {

using model::Segment;
using model::SegmentBody;
using model::Striped;

constexpr std::array<std::string_view, 3> kKeys = {"stripe_count", "stripe_size", "stripes"};

Result<SegmentBody> read(const syntax::Node& section, const Names& names) {
  constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();
  Striped striped;
  std::optional<std::uint64_t> count;
  bool listed = false;
  for (syntax::Node child : section.children()) {
    std::string_view key = child.name();
    if (key == kKeys[0]) {
      TRY(read_number(child, model::kMaxStripes, count));
    } else if (key == kKeys[1]) {
      TRY(read_number(child, kMax32, striped.stripe_size));
    } else if (key == kKeys[2]) {
      TRY(store(striped.areas, read_areas(child, names)));
      listed = true;
    }
  }
  if (!count) return wrong(section, "has no stripe_count");
  if (!listed) return wrong(section, "has no stripes");
  if (*count != striped.areas.size())
    return wrong(section, fmt::format("has stripe_count {}, but {} stripes", *count, striped.areas.size()));
  if (*count == 1) striped.stripe_size = Sectors();
  return striped;
}

void write(const SegmentBody& body, syntax::Printer& out, const Names& names) {
  const auto& striped = std::get<Striped>(body);
  bool linear = striped.areas.size() == 1;
  out.number(kKeys[0], striped.areas.size(), linear ? "linear" : "");
  if (!linear) out.number(kKeys[1], striped.stripe_size.n, size_comment(out, striped.stripe_size));
  write_areas(out, kKeys[2], striped.areas, names);
}

// The striped target wants a chunk that divides its length even when there is one leg.
Sectors single_chunk(Sectors length) {
  constexpr std::uint64_t kUsual = 128;
  std::uint64_t chunk = kUsual;
  while (chunk > 1 && length.n % chunk != 0) chunk /= 2;
  return Sectors(chunk);
}

Result<dm::Target> target(const model::Lv&, const Segment& segment, Sectors start, const Devices& devices) {
  const auto& striped = std::get<Striped>(segment.body);
  dm::Target out{start, to_sectors(segment.count, devices.extent_size()), {}};
  if (striped.areas.size() == 1 && devices.use_linear_target()) {
    TRY(store(out.body, place(striped.areas[0], devices)));
    return out;
  }
  dm::StripedTarget stripes;
  stripes.chunk = striped.areas.size() == 1 ? single_chunk(out.length) : striped.stripe_size;
  stripes.legs.reserve(striped.areas.size());
  for (const auto& area : striped.areas) {
    auto leg = TRY(place(area, devices));
    stripes.legs.push_back(std::move(leg));
  }
  out.body = std::move(stripes);
  return out;
}

}  // namespace

constexpr Kind striped_kind = {
    .name = "striped",
    .single_name = "linear",
    .module = "striped",
    .is_virtual = false,
    .read = read,
    .keys = kKeys,
    .write = write,
    .areas = row_areas,
    .area_length = row_area_length,
    .check = row_check,
    .target = target,
};
static_assert(is_complete<Striped>(striped_kind));

}  // namespace lvm::segment
