// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/live_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/kinds.h"
#include "segment/kind.h"

namespace lvm::report {
namespace {

// Whose target stands where the segment is looked for: its own, or that of the snapshot whose store it is. Null: it is
// not looked at.
const model::Segment* wanted_for(const Row& row) {
  const auto watched = [](const model::Segment& segment) {
    return kKindReports[segment.body.index()]->watches_target ? &segment : nullptr;
  };
  for (const LvUser& use : row.source->users(*row.lv)) {
    if (use.role != model::Role::snapshot_store) continue;
    const model::Segment& above = row.vg().lvs[use.user].segments[use.segment];
    // What a snapshot on its way back shows is nobody's any more.
    return std::get<model::Snapshot>(above.body).merging ? nullptr : watched(above);
  }
  return watched(row.segment == nullptr ? row.lv->lv->segments.front() : *row.segment);
}

std::optional<ForeignTarget> foreign_in(const Row& row, const model::Segment& wanted, const world::LiveDevice& live) {
  if (live.status.empty()) return std::nullopt;
  const segment::Kind& kind = segment::kind_of(wanted.body);
  const std::string_view type = segment::text_name(wanted.body);
  const auto found = std::ranges::find(live.status, row.vg().size_of(wanted.start), &dm::Status::start);
  if (found == live.status.end()) return ForeignTarget{type, {}};
  const std::string_view target = found->type;
  // The layer that an origin has on top goes with its last snapshot: it may be there for a moment longer.
  if (target == kind.module || target == kind.single_name || target.starts_with("snapshot-")) return std::nullopt;
  // What covers other extents than the segment is not named.
  const bool same = found->length == row.vg().size_of(wanted.count);
  return ForeignTarget{type, same ? target : std::string_view()};
}

}  // namespace

std::optional<ForeignTarget> foreign_target(const Row& row) {
  if (row.lv == nullptr || row.lv->live == nullptr || row.lv->live->status.empty() || row.lv->lv->segments.empty())
    return std::nullopt;
  const model::Segment* wanted = wanted_for(row);
  if (wanted == nullptr) return std::nullopt;
  auto foreign = foreign_in(row, *wanted, *row.lv->live);
  if (!foreign || row.source->partial(*row.lv)) return std::nullopt;
  // Of an origin it is the layer below its snapshots that counts.
  const world::LiveDevice* below = row.source->layer(*row.lv, "real");
  return below == nullptr ? foreign : foreign_in(row, *wanted, *below);
}

std::string foreign_target_warning(const Row& row, const ForeignTarget& foreign) {
  const std::string name = row.vg().name + '/' + row.lv->lv->name;
  if (foreign.found.empty())
    return fmt::format("WARNING: Cannot find matching {} segment for {}.", foreign.wanted, name);
  return fmt::format("WARNING: Detected {} segment type does not match expected type {} for {}.", foreign.found,
                     foreign.wanted, name);
}

}  // namespace lvm::report
