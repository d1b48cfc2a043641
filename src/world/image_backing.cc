// SPDX-License-Identifier: LGPL-2.1-or-later
#include "world/image_backing.h"

#include <fmt/format.h>

#include <algorithm>

namespace lvm::world {
namespace {

struct Range {
  Bytes start, end;
  bool overlaps(const Range& other) const { return start < other.end && other.start < end; }
};

// All that the VG may give to volumes. A size that 64 bits cannot hold is no image's: the engine refuses it.
Range extents_of(const model::Pv& pv, const model::Vg& vg) {
  constexpr std::uint64_t kMost = ~std::uint64_t{0} / kSectorSize;
  if (pv.pe_count.n == 0) return {};
  const auto start = std::min(pv.pe_start.n, kMost);
  const auto room = (kMost - start) / std::max<std::uint64_t>(vg.extent_size.n, 1);
  const auto length = std::min<std::uint64_t>(pv.pe_count.n, room) * vg.extent_size.n;
  return {to_bytes(Sectors(start)), to_bytes(Sectors(start + length))};
}

}  // namespace

Result<dm::user::Backing> image_backing(const PvDevice& pv, const model::Vg& vg) {
  const auto known = std::ranges::find(vg.pvs, pv.id, &model::Pv::id);
  if (known != vg.pvs.end()) {
    const Range extents = extents_of(*known, vg);
    const auto refuse = [&](std::string_view what) {
      return fail(Code::corrupt, fmt::format("{}: the metadata of volume group {} puts extents of this physical volume "
                                             "over its {}: nothing on it is activated. (pe_start is {} sectors.)",
                                             pv.device.path, vg.name, what, known->pe_start.n));
    };
    if (extents.overlaps({Bytes(), to_bytes(Sectors(pv.label_sector + 1))})) return refuse("label");
    for (const MetadataArea& area : pv.areas)
      if (extents.overlaps({area.start, area.start + area.size})) return refuse("metadata area");
  }
  dm::user::Backing backing{pv.device.path, Bytes(), pv.device.size, pv.device.read_only};
  if (pv.device.image) {
    backing.path = pv.device.image->file;
    backing.start = pv.device.image->start;
  }
  return backing;
}

}  // namespace lvm::world
