// SPDX-License-Identifier: LGPL-2.1-or-later
#include "segment/parts.h"
#include "segment/rows.h"

// Every read and write fails. Owns no extents and has no keys of its own.
namespace lvm::segment {
namespace {

using model::ErrorSegment;
using model::SegmentBody;

Result<SegmentBody> read(const syntax::Node&, const Names&) { return ErrorSegment{}; }

void write(const SegmentBody&, syntax::Printer&, const Names&) {}

Result<dm::Target> target(const model::Lv&, const model::Segment& segment, Sectors start, const Devices& devices) {
  return dm::Target{start, to_sectors(segment.count, devices.extent_size()), dm::ErrorTarget{}};
}

}  // namespace

constexpr Kind error_kind = {
    .name = "error",
    .single_name = {},
    .module = "error",
    .is_virtual = true,
    .read = read,
    .keys = {},
    .write = write,
    .areas = row_areas,
    .area_length = row_area_length,
    .check = row_check,
    .target = target,
};
static_assert(is_complete<ErrorSegment>(error_kind));

}  // namespace lvm::segment
