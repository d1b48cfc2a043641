// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/create/kinds.h"

// Linear and striped: extents of PVs.
namespace lvm::plan::create {
namespace {

Result<step::Plan> make(Draft& draft) {
  TRY(place_stripes(draft));
  Stages stages(draft.context, draft.view);
  return finish(draft, stages);
}

constexpr std::string_view kTypes[] = {"linear", "striped"};

}  // namespace

constexpr Kind striped_kind = {.types = kTypes, .make = make};

}  // namespace lvm::plan::create
