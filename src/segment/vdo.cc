// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "segment/keys.h"
#include "segment/rows.h"

// A volume in a VDO pool.
namespace lvm::segment {
namespace {

using model::SegmentBody;
using model::Vdo;

constexpr std::array<std::string_view, 2> kKeys = {"vdo_pool", "vdo_offset"};

Result<SegmentBody> read(const syntax::Node& section, const Names& names) {
  Vdo vdo;
  Keys keys(section, names);
  keys.lv(kKeys[0], vdo.pool, Presence::needed);
  keys.number64(kKeys[1], vdo.offset, Presence::needed);
  TRY(keys.done());
  return vdo;
}

void write(const SegmentBody& body, syntax::Printer& out, const Names& names) {
  const auto& vdo = std::get<Vdo>(body);
  out.string(kKeys[0], names.lv_name(vdo.pool));
  out.number(kKeys[1], vdo.offset.n);
}

Result<dm::Target> target(const model::Lv& lv, const model::Segment& segment, Sectors start, const Devices& devices) {
  const auto& vdo = std::get<Vdo>(segment.body);
  dm::Target out = frame(segment, start, devices);
  dm::LinearTarget target;
  TRY(store(target.device, devices.lv_device(vdo.pool, model::Role::vdo_pool)));
  const model::Lv* pool_lv = devices.find_lv(vdo.pool);
  const auto* pool = pool_lv ? pool_lv->as<model::VdoPool>() : nullptr;
  if (!pool)
    return fail(Code::corrupt, fmt::format("Logical volume {}/{} lies in {}, which is no VDO pool.", devices.vg().name,
                                           lv.name, pool_lv ? pool_lv->name : "nothing"));
  target.offset = pool->header_size + to_sectors(vdo.offset, devices.extent_size());
  out.body = std::move(target);
  return out;
}

}  // namespace

constexpr Kind vdo_kind = {
    .name = "vdo",
    .module = "kvdo",
    .is_virtual = true,
    .read = read,
    .keys = kKeys,
    .write = write,
    .areas = row_areas,
    .area_length = row_area_length,
    .check = row_check,
    .target = target,
};
static_assert(is_complete<Vdo>(vdo_kind));

}  // namespace lvm::segment
