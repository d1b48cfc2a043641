// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "segment/keys.h"
#include "segment/rows.h"

// The kernel's mirror target over LVs, with a log in memory or on an LV; and pvmove's temporary LV over PVs.
namespace lvm::segment {
namespace {

using model::Mirror;
using model::Segment;
using model::SegmentBody;

constexpr std::array<std::string_view, 5> kKeys = {"mirror_count", "extents_moved", "mirror_log", "region_size",
                                                   "mirrors"};

Result<SegmentBody> read(const syntax::Node& section, const Names& names) {
  Mirror mirror;
  std::uint32_t count = 0;
  Keys keys(section, names);
  keys.number(kKeys[0], count, Presence::needed);
  keys.number(kKeys[1], mirror.extents_moved);
  keys.lv(kKeys[2], mirror.log);
  keys.number(kKeys[3], mirror.region_size);
  syntax::Node list = keys.find(kKeys[4], Presence::needed);
  TRY(keys.done());
  TRY(store(mirror.areas, read_areas(list, names)));
  if (count != mirror.areas.size())
    return wrong(section, fmt::format("has mirror_count {}, but {} mirrors", count, mirror.areas.size()));
  return mirror;
}

void write(const SegmentBody& body, syntax::Printer& out, const Names& names) {
  const auto& mirror = std::get<Mirror>(body);
  out.number(kKeys[0], mirror.areas.size());
  if (mirror.extents_moved)
    out.number(kKeys[1], mirror.extents_moved->n,
               size_comment(out, to_sectors(*mirror.extents_moved, names.extent_size())));
  if (mirror.log) out.string(kKeys[2], names.lv_name(mirror.log));
  if (mirror.region_size) out.number(kKeys[3], mirror.region_size.n);
  write_areas(out, kKeys[4], mirror.areas, names);
}

// A pvmove copies one segment after the other.
Extents first_unfinished(const model::Lv& lv) {
  for (const Segment& segment : lv.segments)
    if (const auto* mirror = std::get_if<Mirror>(&segment.body);
        mirror && mirror->extents_moved.value_or(Extents()) < segment.count)
      return segment.start;
  return lv.extents();
}

Result<dm::Target> target(const model::Lv& lv, const model::Segment& segment, Sectors start, const Devices& devices) {
  const auto& mirror = std::get<Mirror>(segment.body);
  dm::Target out = frame(segment, start, devices);
  // Where pvmove has finished, or not begun, there is one place only.
  if (mirror.extents_moved && *mirror.extents_moved >= segment.count) {
    TRY(store(out.body, place(mirror.areas[1], devices)));
    return out;
  }
  if (mirror.extents_moved && segment.start > first_unfinished(lv)) {
    TRY(store(out.body, place(mirror.areas[0], devices)));
    return out;
  }
  dm::MirrorTarget target;
  if (mirror.log) TRY(store(target.log, devices.lv_device(mirror.log, model::Role::mirror_log)));
  target.region = mirror.region_size;
  if (devices.nosync()) target.sync = dm::InitialSync::nosync;
  for (const model::Area& area : mirror.areas) {
    auto leg = TRY(place(area, devices, model::Role::mirror_image));
    target.legs.push_back(std::move(leg));
  }
  target.handle_errors = !mirror.extents_moved && !devices.unmonitored();
  out.body = std::move(target);
  return out;
}

}  // namespace

constexpr Kind mirror_kind = {
    .name = "mirror",
    .module = "mirror",
    .is_virtual = false,
    .read = read,
    .keys = kKeys,
    .write = write,
    .areas = row_areas,
    .area_length = row_area_length,
    .check = row_check,
    .target = target,
};
static_assert(is_complete<Mirror>(mirror_kind));

}  // namespace lvm::segment
