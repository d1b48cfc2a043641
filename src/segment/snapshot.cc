// SPDX-License-Identifier: LGPL-2.1-or-later
#include "segment/keys.h"
#include "segment/rows.h"

// Ties a copy-on-write store to its origin. The LV of this segment has no device of its own.
namespace lvm::segment {
namespace {

using model::SegmentBody;
using model::Snapshot;

constexpr std::array<std::string_view, 4> kKeys = {"chunk_size", "origin", "cow_store", "merging_store"};

Result<SegmentBody> read(const syntax::Node& section, const Names& names) {
  Snapshot snapshot;
  Keys keys(section, names);
  keys.number(kKeys[0], snapshot.chunk_size, Presence::needed);
  keys.lv(kKeys[1], snapshot.origin, Presence::needed);
  snapshot.merging = keys.find(kKeys[3]).exists();
  keys.lv(snapshot.merging ? kKeys[3] : kKeys[2], snapshot.store, Presence::needed);
  TRY(keys.done());
  return snapshot;
}

void write(const SegmentBody& body, syntax::Printer& out, const Names& names) {
  const auto& snapshot = std::get<Snapshot>(body);
  out.number(kKeys[0], snapshot.chunk_size.n);
  out.string(kKeys[1], names.lv_name(snapshot.origin));
  out.string(snapshot.merging ? kKeys[3] : kKeys[2], names.lv_name(snapshot.store));
}

Result<dm::Target> target(const model::Lv&, const model::Segment& segment, Sectors start, const Devices& devices) {
  const auto& snapshot = std::get<Snapshot>(segment.body);
  dm::Target out = frame(segment, start, devices);
  // A snapshot stays as long as the origin was when it was made; what is merged replaces the whole origin.
  const model::Lv* origin = devices.find_lv(snapshot.origin);
  if (origin && snapshot.merging) out.length = to_sectors(origin->extents(), devices.extent_size());
  dm::SnapshotTarget target;
  TRY(store(target.origin, devices.lv_device(snapshot.origin, model::Role::snapshot_origin)));
  TRY(store(target.cow, devices.lv_device(snapshot.store, model::Role::snapshot_store)));
  target.chunk = snapshot.chunk_size;
  if (snapshot.merging)
    out.body = dm::SnapshotMergeTarget{std::move(target)};
  else
    out.body = std::move(target);
  return out;
}

}  // namespace

constexpr Kind snapshot_kind = {
    .name = "snapshot",
    .module = "snapshot",
    .is_virtual = true,
    .read = read,
    .keys = kKeys,
    .write = write,
    .areas = row_areas,
    .area_length = row_area_length,
    .check = row_check,
    .target = target,
};
static_assert(is_complete<Snapshot>(snapshot_kind));

}  // namespace lvm::segment
