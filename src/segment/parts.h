// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "dm/types.h"
#include "model/segment.h"
#include "segment/kind.h"

// What the kinds share: reading and writing areas, placing them, and the parts of a row that follow from
// the model.
namespace lvm::segment {

// An error about `node`, with its line.
std::unexpected<Error> wrong(const syntax::Node& node, std::string_view what);

// Puts a value where it belongs, or passes its error on: `TRY(store(pv.pe_count, read_number(node, most)))`.
template <class T, class U>
Result<> store(T& to, Result<U> value) {
  if (!value) return std::unexpected(std::move(value).error());
  to = T(*std::move(value));
  return {};
}

// A whole number from 0 to `most`; `to` stays as it is when it is not.
std::unexpected<Error> wrong_number(const syntax::Node& node, std::uint64_t most);
template <class T>
Result<> read_number(const syntax::Node& node, std::uint64_t most, T& to) {
  auto value = node.integer();
  if (!value || *value < 0 || static_cast<std::uint64_t>(*value) > most) [[unlikely]]
    return wrong_number(node, most);
  to = T(static_cast<std::uint64_t>(*value));
  return {};
}

// `["pv0", 0, "lv", 0]`: pairs of a volume and the extent it starts at.
Result<std::vector<model::Area>> read_areas(const syntax::Node& list, const Names& names);
void write_areas(syntax::Printer& out, std::string_view key, std::span<const model::Area> areas, const Names& names);

// The device of an area and the sector it starts at.
Result<dm::LinearTarget> place(const model::Area& area, const Devices& devices, model::Role role = model::Role::leg);
// A target without a body yet, as long as what the segment has for data.
dm::Target frame(const model::Segment& segment, Sectors start, const Devices& devices);

// "64 Megabytes", as LVM comments sizes; empty for a layout that drops comments.
std::string size_comment(const syntax::Printer& out, Sectors size);
std::string size_comment(Sectors size);

// Members of a row that are the same for every kind.
std::span<const model::Area> row_areas(const model::SegmentBody& body);
Extents row_area_length(const model::SegmentBody& body, Extents count);
Result<> row_check(const model::Segment& segment);

}  // namespace lvm::segment
