// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/vg.h"

namespace lvm::model {

// What the volume holds: Lv::extents() without the space that a raid keeps for reshaping.
inline Extents usable_extents(const Lv& lv) {
  if (lv.segments.empty()) return {};
  const Segment& last = lv.segments.back();
  return last.start + usable(last);
}

}  // namespace lvm::model
