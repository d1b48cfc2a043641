// SPDX-License-Identifier: LGPL-2.1-or-later
#include "world/world.h"

namespace lvm::world {

Bytes area_free(const MetadataArea& area) {
  constexpr std::uint64_t kHeader = 512;
  if (area.size.n < 2 * kHeader + 2 * kSectorSize) return Bytes();
  std::uint64_t most = (area.size.n - kHeader) / 2 - kSectorSize;
  if (area.text_size.n >= most) return Bytes();
  return Bytes(round_down(most - area.text_size.n, kSectorSize));
}

}  // namespace lvm::world
