// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/live_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/kinds.h"
#include "segment/kind.h"

namespace lvm::report {
namespace {

struct Wanted {
  std::string_view type;
  std::string_view targets;  // words
  Extents start, count;
};

Wanted wanted_for(const Row& row, const model::Segment& segment) {
  for (const LvUser& use : row.source->users(*row.lv)) {
    const model::Segment& above = row.vg().lvs[use.user].segments[use.segment];
    const KindReport& kind = *kKindReports[above.body.index()];
    if (use.role != model::Role::snapshot_store) continue;
    // What a snapshot on its way back shows is nobody's any more.
    if (std::get<model::Snapshot>(above.body).merging) return {};
    return {segment::type_name(above), kind.part_targets, above.start, above.count};
  }
  return {segment::text_name(segment.body), kKindReports[segment.body.index()]->targets, segment.start, segment.count};
}

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

}  // namespace

std::optional<ForeignTarget> foreign_target(const Row& row) {
  if (row.lv == nullptr || row.lv->live == nullptr || row.lv->lv->segments.empty()) return std::nullopt;
  const model::Segment& segment = row.segment == nullptr ? row.lv->lv->segments.front() : *row.segment;
  const Wanted wanted = wanted_for(row, segment);
  if (wanted.targets.empty()) return std::nullopt;
  const Sectors start = row.vg().size_of(wanted.start);
  const auto foreign_in = [&](const world::LiveDevice& live) -> std::optional<ForeignTarget> {
    if (live.status.empty()) return std::nullopt;
    const auto found = std::ranges::find(live.status, start, &dm::Status::start);
    if (found == live.status.end()) return ForeignTarget{wanted.type, {}};
    const std::string_view target = dm::target_of(*found);
    // The layer that an origin has on top goes with its last snapshot: it may be there for a moment longer.
    if (has_word(wanted.targets, target) || target.starts_with("snapshot-")) return std::nullopt;
    // What covers other extents than the segment is not named.
    const bool same = found->length == row.vg().size_of(wanted.count);
    return ForeignTarget{wanted.type, same ? target : std::string_view()};
  };
  auto foreign = foreign_in(*row.lv->live);
  if (!foreign || row.source->partial(*row.lv)) return std::nullopt;
  // Of an origin it is the layer below its snapshots that counts.
  const world::LiveDevice* below = row.source->layer(*row.lv, "real");
  return below == nullptr ? foreign : foreign_in(*below);
}

std::string foreign_target_warning(const Row& row, const ForeignTarget& foreign) {
  const std::string name = row.vg().name + '/' + row.lv->lv->name;
  if (foreign.found.empty())
    return fmt::format("WARNING: Cannot find matching {} segment for {}.", foreign.wanted, name);
  return fmt::format("WARNING: Detected {} segment type does not match expected type {} for {}.", foreign.found,
                     foreign.wanted, name);
}

}  // namespace lvm::report
