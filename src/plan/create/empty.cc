// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/create/kinds.h"

// Error and zero: volumes that have a size and no extents.
namespace lvm::plan::create {
namespace {

Result<step::Plan> make(Draft& draft) {
  std::vector<alloc::PvChoice> choices = TRY(choose_pvs(draft.context, draft.view, draft.request.pvs, draft.free));
  WantedExtents wanted = TRY(wanted_extents(draft, choices));
  model::Segment segment{Extents(), wanted.extents, {}, model::ErrorSegment{}, {}, {}};
  if (draft.request.type == "zero") segment.body = model::ZeroSegment{};
  draft.lv().segments.push_back(std::move(segment));
  Stages stages(draft.context, draft.view);
  return finish(draft, stages, false);
}

constexpr std::string_view kTypes[] = {"error", "zero"};

}  // namespace

constexpr Kind empty_kind = {.types = kTypes, .make = make};

}  // namespace lvm::plan::create
