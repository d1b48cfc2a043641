// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "base/result.h"
#include "model/vg.h"

// What holds for every VG that is read from disk or written to it:
//  - the VG has a name, an id, a sequence number within 32 bits and a non-zero extent size within 32 bits;
//  - PV ids are set and unique; LV ids are set and unique, LV names are valid and unique;
//  - every LV has segments; they are not empty and follow each other from extent 0 without a gap;
//  - an LV, a PV and all PVs together hold fewer than 2^32 - 1 extents;
//  - every area lies inside a PV of the VG, or inside another LV of it; no LV contains itself;
//  - no physical extent belongs to two areas;
//  - every LV that a segment names is there; one is part of at most one other LV, unless it moves extents of
//    several (PVMOVE); what is laid over an LV whole is as long as that (model/area.h);
//  - the kind's own invariants (model/segment.h).
// Segments of unknown type take no part but for their extents, which stay inside the LV's.
namespace lvm::model {

inline constexpr std::uint64_t kMaxExtents = 0xfffffffe;

// The first violation as Code::corrupt, naming the volume. Linear in the size of the VG, but for sorting
// allocations that are out of order.
Result<> check(const Vg& vg);

// Rules for a VG that a command makes or changes; VGs on disk that break them are still read: max_lv and
// max_pv, and an extent size that is a power of two or a multiple of 128 KiB. Code::refused.
Result<> check_limits(const Vg& vg);
Result<> check_extent_size(Sectors extent_size);

// LVs that count against max_lv: the visible ones.
std::uint64_t visible_lv_count(const Vg& vg);

}  // namespace lvm::model
