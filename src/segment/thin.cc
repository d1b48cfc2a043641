// SPDX-License-Identifier: LGPL-2.1-or-later
#include "segment/keys.h"
#include "segment/rows.h"

// A volume, or a snapshot of one, in a thin pool.
namespace lvm::segment {
namespace {

using model::SegmentBody;
using model::Thin;

constexpr std::array<std::string_view, 6> kKeys = {"thin_pool",       "transaction_id", "device_id",
                                                   "external_origin", "origin",         "merge"};

// A leading '-' marks an origin that is known from the VG's history only.
void read_origin(Keys& keys, Thin& thin) {
  auto name = keys.find(kKeys[4]).string();
  if (name && name->starts_with('-'))
    thin.historical_origin = *name;
  else
    keys.lv(kKeys[4], thin.origin);
}

Result<SegmentBody> read(const syntax::Node& section, const Names& names) {
  Thin thin;
  Keys keys(section, names);
  keys.lv(kKeys[0], thin.pool, Presence::needed);
  keys.number64(kKeys[1], thin.transaction_id, Presence::needed);
  keys.number(kKeys[2], thin.device_id, Presence::needed);
  keys.lv(kKeys[3], thin.external_origin);
  read_origin(keys, thin);
  keys.lv(kKeys[5], thin.merge);
  TRY(keys.done());
  return thin;
}

void write(const SegmentBody& body, syntax::Printer& out, const Names& names) {
  const auto& thin = std::get<Thin>(body);
  out.string(kKeys[0], names.lv_name(thin.pool));
  out.number(kKeys[1], thin.transaction_id);
  out.number(kKeys[2], thin.device_id);
  if (thin.external_origin) out.string(kKeys[3], names.lv_name(thin.external_origin));
  if (thin.origin) out.string(kKeys[4], names.lv_name(thin.origin));
  if (!thin.historical_origin.empty()) out.string(kKeys[4], thin.historical_origin);
  if (thin.merge) out.string(kKeys[5], names.lv_name(thin.merge));
}

Result<dm::Target> target(const model::Lv& lv, const model::Segment& segment, Sectors start, const Devices& devices) {
  const auto& thin = std::get<Thin>(segment.body);
  dm::Target out = frame(segment, start, devices);
  dm::ThinTarget target;
  TRY(store(target.pool, devices.lv_device(thin.pool, model::Role::thin_pool)));
  target.device_id = thin.device_id;
  // A snapshot that merges has become the contents of its origin.
  for (const model::Lv* merging : devices.users(lv.id, model::Role::thin_merge_origin))
    if (const auto* snapshot = merging->as<Thin>()) target.device_id = snapshot->device_id;
  if (thin.external_origin)
    TRY(store(target.external_origin, devices.lv_device(thin.external_origin, model::Role::external_origin)));
  out.body = std::move(target);
  return out;
}

}  // namespace

constexpr Kind thin_kind = {
    .name = "thin",
    .module = "thin",
    .is_virtual = true,
    .read = read,
    .keys = kKeys,
    .write = write,
    .areas = row_areas,
    .area_length = row_area_length,
    .check = row_check,
    .target = target,
};
static_assert(is_complete<Thin>(thin_kind));

}  // namespace lvm::segment
