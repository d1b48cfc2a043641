// SPDX-License-Identifier: LGPL-2.1-or-later
#include "segment/parts.h"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace lvm::segment {
namespace {

using model::Area;
using model::LvArea;
using model::PvArea;

constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();

}  // namespace

std::unexpected<Error> wrong(const syntax::Node& node, std::string_view what) {
  return fail(Code::corrupt, fmt::format("line {}: \"{}\" {}", node.line(), node.name(), what));
}

std::unexpected<Error> wrong_number(const syntax::Node& node, std::uint64_t most) {
  auto value = node.integer();
  return value ? wrong(node, fmt::format("is {}, outside 0 to {}", *value, most))
               : wrong(node, "is not a whole number");
}

Result<std::vector<Area>> read_areas(const syntax::Node& list, const Names& names) {
  if (!list.exists() || list.kind() != syntax::Kind::array) return wrong(list, "is not a list");
  std::vector<Area> areas;
  areas.reserve(list.child_count() / 2);
  for (syntax::Node at = list.first_child(); at.exists(); at = at.next()) {
    auto name = at.string();
    if (!name) return wrong(list, "does not alternate volume names and extents");
    at = at.next();
    auto start = at.integer();
    if (!start) return wrong(list, fmt::format("has no extent behind \"{}\"", *name));
    if (*start < 0 || static_cast<std::uint64_t>(*start) > kMax32)
      return wrong(list, fmt::format("has extent {} of \"{}\", outside 0 to {}", *start, *name, kMax32));
    Extents extent(static_cast<std::uint64_t>(*start));
    if (auto pv = names.pv_id(*name))
      areas.emplace_back(PvArea{*pv, extent});
    else if (auto lv = names.lv_id(*name))
      areas.emplace_back(LvArea{*lv, extent});
    else
      return wrong(list,
                   fmt::format("names \"{}\", which is no physical or logical volume of the volume group", *name));
  }
  return areas;
}

void write_areas(syntax::Printer& out, std::string_view key, std::span<const Area> areas, const Names& names) {
  out.blank();
  out.open_list(key);
  for (std::size_t i = 0; i < areas.size(); ++i) {
    bool last = i + 1 == areas.size();
    if (const auto* pv = std::get_if<PvArea>(&areas[i]))
      out.pair(names.pv_name(pv->pv), pv->start.n, last);
    else
      out.pair(names.lv_name(std::get<LvArea>(areas[i]).lv), std::get<LvArea>(areas[i]).start.n, last);
  }
  out.close_list();
}

Result<dm::LinearTarget> place(const Area& area, const Devices& devices, model::Role role) {
  if (const auto* pv = std::get_if<PvArea>(&area)) {
    auto device = TRY(devices.pv_device(pv->pv));
    return dm::LinearTarget{std::move(device), devices.pe_start(pv->pv) + to_sectors(pv->start, devices.extent_size())};
  }
  const auto& lv = std::get<LvArea>(area);
  auto device = TRY(devices.lv_device(lv.lv, role));
  return dm::LinearTarget{std::move(device), to_sectors(lv.start, devices.extent_size())};
}

dm::Target frame(const model::Segment& segment, Sectors start, const Devices& devices) {
  return {start, to_sectors(model::usable(segment), devices.extent_size()), {}};
}

// Six significant digits; a unit is left only when more than 1024 of it are needed ("1024 Kilobytes").
std::string size_comment(Sectors size) {
  constexpr std::array<std::string_view, 6> kUnits = {"Kilobytes", "Megabytes", "Gigabytes",
                                                      "Terabytes", "Petabytes", "Exabytes"};
  double value = static_cast<double>(size.n) / 2;
  std::size_t unit = 0;
  for (; value > 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  // Most sizes are whole numbers, which are printed ten times as fast.
  if (value < 1'000'000)
    if (auto whole = static_cast<std::uint32_t>(value); value == whole)
      return fmt::format("{} {}", whole, kUnits[unit]);
  return fmt::format("{:g} {}", value, kUnits[unit]);
}

std::string size_comment(const syntax::Printer& out, Sectors size) {
  return out.layout() == syntax::Layout::file ? size_comment(size) : std::string();
}

std::span<const Area> row_areas(const model::SegmentBody& body) { return model::areas(body); }

Extents row_area_length(const model::SegmentBody& body, Extents count) { return model::area_length(body, count); }

Result<> row_check(const model::Segment& segment) {
  if (std::string what = model::problem(segment); !what.empty())
    return fail(Code::corrupt, fmt::format("The segment {}.", what));
  return {};
}

}  // namespace lvm::segment
