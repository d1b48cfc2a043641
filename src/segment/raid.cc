// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <limits>

#include "segment/keys.h"
#include "segment/rows.h"

// The kernel's raid target over images, each with a small metadata image (raid0 has none). The type word is the
// level and layout.
namespace lvm::segment {
namespace {

using model::Raid;
using model::Segment;
using model::SegmentBody;

constexpr std::array<std::string_view, 11> kKeys = {
    "device_count",      "stripe_count",      "data_copies", "region_size", "stripe_size", "writebehind",
    "min_recovery_rate", "max_recovery_rate", "data_offset", "raids",       "raid0_lvs"};

constexpr auto kNames = [] {
  std::array<std::string_view, std::size(model::kRaidTypes)> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = model::kRaidTypes[i].name;
  return names;
}();

std::string_view type_name(const SegmentBody& body) { return std::get<Raid>(body).row().name; }

// "raids": the metadata image and the data image of each leg in turn; "raid0_lvs": data images alone.
Result<> read_images(const syntax::Node& list, const Names& names, Raid& raid) {
  if (list.kind() != syntax::Kind::array) return wrong(list, "is not a list");
  bool metadata = raid.row().has_metadata;
  for (syntax::Node at : list.children()) {
    auto name = at.string();
    if (!name) return wrong(list, "has an element that is not the name of a logical volume");
    auto lv = names.lv_id(*name);
    if (!lv) return wrong(list, fmt::format("names \"{}\", which is no logical volume of the volume group", *name));
    if (raid.row().has_metadata && metadata)
      raid.metadata.push_back(*lv);
    else
      raid.areas.emplace_back(model::LvArea{*lv, Extents()});
    metadata = !metadata;
  }
  return {};
}

Result<SegmentBody> read(const syntax::Node& section, const Names& names) {
  Raid raid;
  Keys keys(section, names);
  std::string type;
  keys.word("type", type, Presence::needed);
  type.resize(std::min(type.find('+'), type.size()));
  if (const model::RaidTypeRow* row = model::find_raid_type(type)) raid.type = row->type;
  bool raid0 = raid.row().kernel_name == "raid0";
  std::uint32_t count = 0;
  keys.number(raid0 ? kKeys[1] : kKeys[0], count, Presence::needed);
  keys.number(kKeys[2], raid.data_copies);
  // LVM2 writes 1 for a raid10 that gets space for reshaping, and means 2.
  if (raid.data_copies == 1 && raid.row().striped) raid.data_copies = raid.copies();
  keys.number(kKeys[3], raid.region_size);
  keys.number(kKeys[4], raid.stripe_size);
  keys.number(kKeys[5], raid.writebehind);
  keys.number(kKeys[6], raid.min_recovery_rate);
  keys.number(kKeys[7], raid.max_recovery_rate);
  keys.number64(kKeys[8], raid.data_offset);
  syntax::Node list = keys.find(raid.row().has_metadata ? kKeys[9] : kKeys[10], Presence::needed);
  TRY(keys.done());
  TRY(read_images(list, names, raid));
  if (count != raid.areas.size())
    return wrong(section, fmt::format("has {} images instead of {}", raid.areas.size(), count));
  return raid;
}

void write_images(const Raid& raid, syntax::Printer& out, const Names& names) {
  bool metadata = raid.row().has_metadata;
  out.blank();
  out.open_list(metadata ? kKeys[9] : kKeys[10]);
  for (std::size_t i = 0; i < raid.areas.size(); ++i) {
    bool last = i + 1 == raid.areas.size();
    std::string_view image = names.lv_name(std::get<model::LvArea>(raid.areas[i]).lv);
    if (metadata)
      out.pair(names.lv_name(raid.metadata[i]), image, last);
    else
      out.name(image, last);
  }
  out.close_list();
}

void write(const SegmentBody& body, syntax::Printer& out, const Names& names) {
  const auto& raid = std::get<Raid>(body);
  bool raid0 = raid.row().kernel_name == "raid0";
  out.number(raid0 ? kKeys[1] : kKeys[0], raid.areas.size());
  if (raid.data_copies != 0) out.number(kKeys[2], raid.data_copies);
  if (raid.region_size) out.number(kKeys[3], raid.region_size.n);
  if (raid.stripe_size) out.number(kKeys[4], raid.stripe_size.n);
  if (raid.writebehind != 0) out.number(kKeys[5], raid.writebehind);
  if (raid.min_recovery_rate != 0) out.number(kKeys[6], raid.min_recovery_rate);
  if (raid.max_recovery_rate != 0) out.number(kKeys[7], raid.max_recovery_rate);
  if (raid.data_offset) out.number(kKeys[8], *raid.data_offset);
  write_images(raid, out, names);
}

constexpr std::string_view kRaid0 = "raid0";

LvId image_of(const Raid& raid, std::size_t index) { return std::get<model::LvArea>(raid.areas[index]).lv; }

// An image and its metadata, or neither.
Result<> add_image(const Raid& raid, std::size_t index, const Devices& devices, dm::RaidTarget& target) {
  auto& image = target.images.emplace_back();
  LvId data = image_of(raid, index);
  bool absent = devices.absent(data) || (!raid.metadata.empty() && devices.absent(raid.metadata[index]));
  if (absent) return {};
  TRY(store(image.data, devices.lv_device(data, model::Role::raid_image)));
  if (!raid.metadata.empty())
    TRY(store(image.metadata, devices.lv_device(raid.metadata[index], model::Role::raid_metadata)));
  return {};
}

void add_options(const model::Lv& lv, const Raid& raid, const Devices& devices, dm::RaidTarget& target) {
  std::int32_t delta = 0;
  for (std::size_t i = 0; i < raid.areas.size(); ++i) {
    const model::Lv* image = devices.find_lv(image_of(raid, i));
    if (!image) continue;
    auto number = static_cast<std::uint32_t>(i);
    if (image->flags.has(model::LvFlag::rebuild)) target.rebuild.push_back(number);
    if (image->flags.has(model::LvFlag::write_mostly) && raid.type == model::RaidType::raid1)
      target.write_mostly.push_back(number);
    if (image->flags.has(model::LvFlag::reshape_delta_disks_plus)) ++delta;
    if (image->flags.has(model::LvFlag::reshape_delta_disks_minus)) --delta;
  }
  if (devices.nosync() && !lv.flags.has(model::LvFlag::reshape)) target.sync = dm::InitialSync::nosync;
  if (raid.min_recovery_rate != 0) target.min_recovery_rate = raid.min_recovery_rate;
  if (raid.max_recovery_rate != 0) target.max_recovery_rate = raid.max_recovery_rate;
  if (raid.writebehind != 0) target.max_write_behind = raid.writebehind;
  if (raid.region_size) target.region_size = raid.region_size;
  if (target.level == "raid10" && raid.data_copies > 1) target.raid10_copies = raid.data_copies;
  if (delta != 0) target.delta_disks = delta;
  if (raid.data_offset) target.data_offset = Sectors(*raid.data_offset);
}

Result<dm::Target> target(const model::Lv& lv, const model::Segment& segment, Sectors start, const Devices& devices) {
  const auto& raid = std::get<Raid>(segment.body);
  dm::Target out = frame(segment, start, devices);
  dm::RaidTarget target;
  target.level = raid.row().kernel_name;
  target.chunk = raid.stripe_size;
  for (std::size_t i = 0; i < raid.areas.size(); ++i) TRY(add_image(raid, i, devices, target));
  if (target.level != kRaid0) add_options(lv, raid, devices, target);
  out.body = std::move(target);
  return out;
}

}  // namespace

constexpr Kind raid_kind = {
    .name = "raid",
    .names = kNames,
    .type_name = type_name,
    .module = "raid",
    .is_virtual = false,
    .read = read,
    .keys = kKeys,
    .write = write,
    .areas = row_areas,
    .area_length = row_area_length,
    .check = row_check,
    .target = target,
};
static_assert(is_complete<Raid>(raid_kind));

}  // namespace lvm::segment
