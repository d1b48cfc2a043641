// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/vg.h"

namespace lvm::model {

// What each area of the segment holds. Images have their space for reshaping besides what they share of the data.
Extents area_length(const Segment& segment);
// Images whose space for reshaping counts as part of the LV: all that have data, the copies of a raid10 too.
std::uint32_t images_with_data(const Raid& raid);

// What the volume holds: Lv::extents() without the space that a raid keeps for reshaping.
inline Extents usable_extents(const Lv& lv) {
  if (lv.segments.empty()) return {};
  const Segment& last = lv.segments.back();
  return last.start + usable(last);
}

// The mirror that goes on below one that copies it: images are being added to it. nullptr: nothing is being converted.
inline const Lv* converted_mirror(const Vg& vg, const Lv& lv) {
  const auto* mirror = lv.as<Mirror>();
  const auto* first = mirror && !mirror->areas.empty() ? std::get_if<LvArea>(&mirror->areas.front()) : nullptr;
  const Lv* below = first ? vg.find_lv(first->lv) : nullptr;
  return below && below->as<Mirror>() ? below : nullptr;
}

inline bool image_has(const Vg& vg, const Area& area, LvFlag flag) {
  const auto* on_lv = std::get_if<LvArea>(&area);
  const Lv* image = on_lv ? vg.find_lv(on_lv->lv) : nullptr;
  return image && image->flags.has(flag);
}
inline std::uint32_t images_with(const Vg& vg, const Raid& raid, LvFlag flag) {
  std::uint32_t count = 0;
  for (const Area& area : raid.areas) count += image_has(vg, area, flag) ? 1 : 0;
  return count;
}

// Images that a reshape has moved everything off: they wait to be taken away.
inline bool is_freed_image(const Vg& vg, const Area& area) { return image_has(vg, area, LvFlag::remove_after_reshape); }
inline std::uint32_t freed_images(const Vg& vg, const Raid& raid) {
  return images_with(vg, raid, LvFlag::remove_after_reshape);
}

}  // namespace lvm::model
