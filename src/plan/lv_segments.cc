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

// The last segment goes on where these legs begin.
bool continues(const model::Segment& last, std::span<const alloc::Placement::Leg> legs, Sectors stripe_size) {
  const auto* striped = std::get_if<model::Striped>(&last.body);
  if (!striped || striped->areas.size() != legs.size() || striped->stripe_size != stripe_size || !last.tags.empty() ||
      !last.unknown_keys.empty())
    return false;
  Extents length = segment::area_length(last);
  for (std::size_t i = 0; i < legs.size(); ++i) {
    const auto* area = std::get_if<model::PvArea>(&striped->areas[i]);
    if (!area || area->pv != legs[i].pv || area->start + length != legs[i].start) return false;
  }
  return true;
}

}  // namespace

alloc::Request allocation_request(const Context& context, const model::Vg& vg, const model::Lv& lv,
                                  std::optional<model::Allocation> policy) {
  alloc::Request out;
  out.lv_name = lv.name;
  out.policy = effective_policy(vg, policy.value_or(lv.allocation));
  out.can_split = out.policy != model::Allocation::contiguous;
  out.maximise_cling = context.config.flag("allocation/maximise_cling");
  out.cling_tags = context.config.strings("allocation/cling_tag_list");
  return out;
}

void append_legs(model::Lv& lv, std::span<const alloc::Placement::Leg> legs, Extents length, Sectors stripe_size) {
  if (legs.size() == 1) stripe_size = Sectors();
  Extents count = length * legs.size();
  if (!lv.segments.empty() && continues(lv.segments.back(), legs, stripe_size)) {
    lv.segments.back().count += count;
    return;
  }
  model::Striped body;
  body.stripe_size = stripe_size;
  for (const auto& leg : legs) body.areas.push_back(model::PvArea{leg.pv, leg.start});
  lv.segments.push_back({lv.extents(), count, {}, std::move(body), {}, {}});
}

Result<> grow_volume(const Context& context, const model::Vg& vg, const alloc::FreeMap& free,
                     const GrowRequest& request, model::Lv& lv) {
  alloc::Request wanted = allocation_request(context, vg, lv);
  wanted.extents = request.extents;
  wanted.stripes = request.stripes;
  wanted.approximate = request.approximate;
  wanted.choices = request.choices;
  wanted.previous = previous_of(lv);
  std::vector<alloc::Placement> placements = TRY(alloc::allocate(vg, free, wanted));
  for (const alloc::Placement& placement : placements)
    append_legs(lv, placement.legs, placement.length, request.stripe_size);
  return {};
}

void shrink_volume(model::Lv& lv, Extents extents) {
  while (!lv.segments.empty() && lv.segments.back().start >= extents) lv.segments.pop_back();
  if (!lv.segments.empty()) lv.segments.back().count = extents - lv.segments.back().start;
}

}  // namespace lvm::plan
