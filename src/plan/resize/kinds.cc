// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/resize/kinds.h"

namespace lvm::plan::resize {

const Kind* find_kind(const model::Lv& lv) {
  constexpr const Kind* kKinds[] = {
      &striped_kind,
      &images_kind,
      &thin_kind,
      &vdo_kind,
  };
  for (const Kind* kind : kKinds)
    if (kind->handles(lv)) return kind;
  return nullptr;
}

}  // namespace lvm::plan::resize
