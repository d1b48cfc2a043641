// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/create/kinds.h"
#include "plan/lv_segments.h"

// Linear and striped: extents of PVs.
namespace lvm::plan::create {
namespace {

Result<step::Plan> make(Draft& draft) {
  std::uint32_t stripes = draft.request.stripes.value_or(1);
  Sectors stripe_size = TRY(choose_stripe_size(draft, stripes));
  std::vector<alloc::PvChoice> choices = TRY(choose_pvs(draft.context, draft.view, draft.request.pvs, draft.free));
  WantedExtents wanted = TRY(wanted_extents(draft, choices));
  Extents extents = round_to_stripes(draft, wanted, stripes, stripe_size);
  TRY(check_room(draft, wanted, extents, stripes, choices));
  GrowRequest grow{.extents = extents,
                   .stripes = stripes,
                   .stripe_size = stripe_size,
                   .approximate = wanted.approximate,
                   .choices = std::move(choices)};
  TRY(grow_volume(draft.context, draft.before(), draft.free, grow, draft.lv()));
  Stages stages(draft.context, draft.view);
  return finish(draft, stages);
}

constexpr std::string_view kTypes[] = {"linear", "striped"};

}  // namespace

constexpr Kind striped_kind = {.types = kTypes, .make = make};

}  // namespace lvm::plan::create
