// SPDX-License-Identifier: LGPL-2.1-or-later
#include "world/world.h"

#include <algorithm>

namespace lvm::world {

Bytes area_free(const MetadataArea& area) {
  constexpr std::uint64_t kHeader = 512;
  if (area.size.n < 2 * kHeader + 2 * kSectorSize) return Bytes();
  std::uint64_t most = (area.size.n - kHeader) / 2 - kSectorSize;
  if (area.text_size.n >= most) return Bytes();
  return Bytes(round_down(most - area.text_size.n, kSectorSize));
}

void summarise_areas(const World& world, VgView& view) {
  view.area_count = view.areas_used = 0;
  view.area_size = view.area_free = Bytes();
  for (const auto& device : view.devices) {
    if (!device) continue;
    for (const MetadataArea& area : world.pvs[*device].areas) {
      ++view.area_count;
      if (area.ignored) continue;
      bool first = view.areas_used++ == 0;
      Bytes free = area_free(area);
      view.area_size = first ? area.size : std::min(view.area_size, area.size);
      view.area_free = first ? free : std::min(view.area_free, free);
    }
  }
}

}  // namespace lvm::world
