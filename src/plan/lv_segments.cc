// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/lv_segments.h"

#include <utility>

#include "plan/volume_size.h"
#include "segment/kind.h"

namespace lvm::plan {
namespace {

// Where the volume ends now, if its last segment lies on PVs.
std::optional<alloc::Previous> previous_of(const model::Lv& lv) {
  if (lv.segments.empty()) return std::nullopt;
  alloc::Previous out;
  const model::Segment& last = lv.segments.back();
  for (const model::Area& area : segment::areas(last)) {
    const auto* on_pv = std::get_if<model::PvArea>(&area);
    if (!on_pv) return std::nullopt;
    out.legs.push_back({on_pv->pv, on_pv->start + segment::area_length(last)});
  }
  for (const model::Segment& segment : lv.segments)
    for (const model::Area& area : segment::areas(segment))
      if (const auto* on_pv = std::get_if<model::PvArea>(&area)) out.all_pvs.push_back(on_pv->pv);
  return out;
}

// The placement as a segment behind `lv`, or merged into its last one.
void append_placement(model::Lv& lv, const alloc::Placement& placement, Sectors stripe_size) {
  model::Striped body;
  body.stripe_size = placement.legs.size() > 1 ? stripe_size : Sectors();
  for (const auto& leg : placement.legs) body.areas.push_back(model::PvArea{leg.pv, leg.start});
  Extents count = placement.length * placement.legs.size();
  if (!lv.segments.empty()) {
    model::Segment& last = lv.segments.back();
    auto* striped = std::get_if<model::Striped>(&last.body);
    if (striped && striped->areas.size() == body.areas.size() && striped->stripe_size == body.stripe_size &&
        last.tags.empty() && last.unknown_keys.empty()) {
      Extents length = segment::area_length(last);
      bool continues = true;
      for (std::size_t i = 0; i < body.areas.size(); ++i) {
        const auto* old_area = std::get_if<model::PvArea>(&striped->areas[i]);
        const auto& new_area = std::get<model::PvArea>(body.areas[i]);
        continues = continues && old_area && old_area->pv == new_area.pv && old_area->start + length == new_area.start;
      }
      if (continues) {
        last.count += count;
        return;
      }
    }
  }
  lv.segments.push_back({lv.extents(), count, {}, std::move(body), {}});
}

}  // namespace

Result<> grow_volume(const Context& context, const model::Vg& vg, const alloc::FreeMap& free,
                     const GrowRequest& request, model::Lv& lv) {
  alloc::Request wanted;
  wanted.lv_name = lv.name;
  wanted.extents = request.extents;
  wanted.stripes = request.stripes;
  wanted.policy = effective_policy(vg, lv.allocation);
  wanted.can_split = wanted.policy != model::Allocation::contiguous;
  wanted.approximate = request.approximate;
  wanted.choices = request.choices;
  wanted.previous = previous_of(lv);
  wanted.maximise_cling = context.config.flag("allocation/maximise_cling");
  wanted.cling_tags = context.config.strings("allocation/cling_tag_list");
  std::vector<alloc::Placement> placements = TRY(alloc::allocate(vg, free, wanted));
  for (const alloc::Placement& placement : placements) append_placement(lv, placement, request.stripe_size);
  return {};
}

void shrink_volume(model::Lv& lv, Extents extents) {
  while (!lv.segments.empty() && lv.segments.back().start >= extents) lv.segments.pop_back();
  if (!lv.segments.empty()) lv.segments.back().count = extents - lv.segments.back().start;
}

}  // namespace lvm::plan
