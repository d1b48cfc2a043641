// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <unordered_map>

#include "alloc/alloc.h"
#include "base/result.h"
#include "segment/kind.h"

namespace lvm::alloc {
namespace {

// Turns used ranges (any order, possibly overlapping) into the free ranges of [0, count).
std::vector<Range> complement(std::vector<Range> used, Extents count) {
  std::sort(used.begin(), used.end(), [](const Range& a, const Range& b) { return a.start < b.start; });
  std::vector<Range> free;
  Extents at;
  for (const Range& range : used) {
    if (range.start > at) free.push_back({at, std::min(range.start, count) - at});
    at = std::max(at, range.end());
    if (at >= count) return free;
  }
  if (at < count) free.push_back({at, count - at});
  return free;
}

// An unknown kind says where its areas begin but not how long they are: all that it could hold is taken.
Extents occupied_length(const model::Segment& segment) {
  if (std::holds_alternative<model::UnknownSegment>(segment.body)) return segment.count;
  return segment::area_length(segment);
}

}  // namespace

FreeMap::FreeMap(const model::Vg& vg) {
  std::unordered_map<PvId, std::size_t> position;
  for (std::size_t i = 0; i < vg.pvs.size(); ++i) position.emplace(vg.pvs[i].id, i);
  std::vector<std::vector<Range>> used(vg.pvs.size());
  for (const model::Lv& lv : vg.lvs) {
    for (const model::Segment& segment : lv.segments) {
      Extents length = occupied_length(segment);
      for (const model::Area& area : segment::areas(segment)) {
        const auto* on_pv = std::get_if<model::PvArea>(&area);
        if (!on_pv) continue;
        auto found = position.find(on_pv->pv);
        if (found != position.end()) used[found->second].push_back({on_pv->start, length});
      }
    }
  }
  free_.reserve(used.size());
  for (std::size_t i = 0; i < used.size(); ++i) free_.push_back(complement(std::move(used[i]), vg.pvs[i].pe_count));
}

Extents FreeMap::free(std::size_t pv_index) const {
  Extents sum;
  for (const Range& range : free_[pv_index]) sum += range.count;
  return sum;
}

Extents FreeMap::total() const {
  Extents sum;
  for (std::size_t i = 0; i < free_.size(); ++i) sum += free(i);
  return sum;
}

void FreeMap::take(std::size_t pv_index, Range taken) {
  std::vector<Range>& ranges = free_[pv_index];
  auto hit = std::find_if(ranges.begin(), ranges.end(),
                          [&](const Range& r) { return r.start <= taken.start && taken.end() <= r.end(); });
  CHECK(hit != ranges.end());
  Range whole = *hit;
  hit = ranges.erase(hit);
  if (taken.end() < whole.end()) hit = ranges.insert(hit, {taken.end(), whole.end() - taken.end()});
  if (whole.start < taken.start) ranges.insert(hit, {whole.start, taken.start - whole.start});
}

std::vector<PvChoice> allocatable(const model::Vg& vg) {
  std::vector<PvChoice> out;
  for (const model::Pv& pv : vg.pvs)
    if (pv.flags.has(model::PvFlag::allocatable) && !pv.missing()) out.push_back({pv.id, {}});
  return out;
}

}  // namespace lvm::alloc
