// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "model/index.h"
#include "model/names.h"
#include "model/relations.h"
#include "model/usable.h"

namespace lvm::model {
namespace {

constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();

std::string in_vg(const Vg& vg) { return fmt::format("volume group \"{}\"", vg.name); }

// "segment 2 of logical volume "vg/lv"".
std::string place(const Vg& vg, const Lv& lv, std::size_t segment) {
  return fmt::format("segment {} of logical volume \"{}/{}\"", segment + 1, vg.name, lv.name);
}

Result<> check_vg(const Vg& vg) {
  auto name_problem = find_name_problem(vg.name);
  if (name_problem != NameProblem::none)
    return fail(Code::corrupt,
                fmt::format("Volume group name \"{}\" is not valid. {}", vg.name, describe(name_problem)));
  if (!vg.id) return fail(Code::corrupt, fmt::format("The {} has no id.", in_vg(vg)));
  if (!vg.extent_size || vg.extent_size.n > kMax32)
    return fail(Code::corrupt, fmt::format("The {} has an extent size of {} sectors, outside 1 to {}.", in_vg(vg),
                                           vg.extent_size.n, kMax32));
  return {};
}

Result<> check_pvs(const Vg& vg, const Index& index) {
  if (index.duplicate_pv_id())
    return fail(Code::corrupt, fmt::format("Two physical volumes of the {} have the same id.", in_vg(vg)));
  std::uint64_t total = 0;
  for (const Pv& pv : vg.pvs) {
    if (!pv.id) return fail(Code::corrupt, fmt::format("A physical volume of the {} has no id.", in_vg(vg)));
    if (pv.pe_count.n > kMaxExtents || (total += pv.pe_count.n) > kMaxExtents)
      return fail(Code::corrupt, fmt::format("The physical volumes of the {} up to {} hold more than {} extents.",
                                             in_vg(vg), pv.id.dashed(), kMaxExtents));
    constexpr std::uint64_t kMaxSectors = std::numeric_limits<std::uint64_t>::max() / kSectorSize;
    if (pv.pe_start.n > kMaxSectors - pv.pe_count.n * vg.extent_size.n)
      return fail(Code::corrupt, fmt::format("Physical volume {} of the {} ends beyond what 64 bits can address.",
                                             pv.id.dashed(), in_vg(vg)));
  }
  return {};
}

Result<> check_lv_identity(const Vg& vg, const Index& index) {
  for (const Lv& lv : vg.lvs) {
    auto name_problem = find_name_problem(lv.name);
    if (name_problem != NameProblem::none)
      return fail(Code::corrupt, fmt::format("Logical volume name \"{}\" in the {} is not valid. {}", lv.name,
                                             in_vg(vg), describe(name_problem)));
    if (!lv.id) return fail(Code::corrupt, fmt::format("Logical volume \"{}/{}\" has no id.", vg.name, lv.name));
  }
  if (auto at = index.duplicate_name(); at != PositionTable::kNone)
    return fail(Code::corrupt,
                fmt::format("Two logical volumes of the {} are named \"{}\".", in_vg(vg), vg.lvs[at].name));
  if (auto at = index.duplicate_id(); at != PositionTable::kNone)
    return fail(Code::corrupt,
                fmt::format("Two logical volumes of the {} have the id {}.", in_vg(vg), vg.lvs[at].id.dashed()));
  return {};
}

Result<> check_area(const Vg& vg, const Index& index, const Lv& lv, std::size_t segment, const Area& area,
                    Extents length) {
  Extents start, size;
  if (const auto* on_pv = std::get_if<PvArea>(&area)) {
    const Pv* pv = index.pv(on_pv->pv);
    if (!pv)
      return fail(Code::corrupt, fmt::format("The {} lies on a physical volume that is not in the volume group.",
                                             place(vg, lv, segment)));
    start = on_pv->start;
    size = pv->pe_count;
  } else {
    const auto& on_lv = std::get<LvArea>(area);
    const Lv* part = index.lv(on_lv.lv);
    if (!part)
      return fail(Code::corrupt, fmt::format("The {} lies on a logical volume that is not in the volume group.",
                                             place(vg, lv, segment)));
    start = on_lv.start;
    size = part->extents();
  }
  if (start > size || length > size - start)
    return fail(Code::corrupt, fmt::format("The {} uses {} extents from {} on, of a volume that has {}.",
                                           place(vg, lv, segment), length.n, start.n, size.n));
  return {};
}

// Areas were looked at already.
Result<> check_references(const Vg& vg, const Index& index, const Lv& lv, std::size_t segment) {
  Result<> result;
  for_each_reference(lv.segments[segment].body, [&](const Reference& reference) {
    if (!result || index.lv(reference.lv)) return;
    result = fail(Code::corrupt, fmt::format("The {} names a {} that is not in the volume group.",
                                             place(vg, lv, segment), row_of(reference.role).word));
  });
  return result;
}

Result<> check_segments(const Vg& vg, const Index& index, const Lv& lv) {
  if (lv.segments.empty())
    return fail(Code::corrupt, fmt::format("Logical volume \"{}/{}\" has no segments.", vg.name, lv.name));
  Extents expected;
  for (std::size_t s = 0; s < lv.segments.size(); ++s) {
    const Segment& segment = lv.segments[s];
    if (!segment.count || segment.count.n > kMaxExtents)
      return fail(Code::corrupt, fmt::format("The {} holds {} extents.", place(vg, lv, s), segment.count.n));
    if (segment.start != expected)
      return fail(Code::corrupt, fmt::format("The {} starts at extent {} instead of {}.", place(vg, lv, s),
                                             segment.start.n, expected.n));
    expected += segment.count;
    if (expected.n > kMaxExtents)
      return fail(Code::corrupt,
                  fmt::format("Logical volume \"{}/{}\" holds more than {} extents.", vg.name, lv.name, kMaxExtents));
    if (is_unknown(segment)) continue;
    if (std::string what = problem(segment); !what.empty())
      return fail(Code::corrupt, fmt::format("The {} {}.", place(vg, lv, s), what));
    Extents length = area_length(segment);
    for (const Area& area : areas(segment.body)) TRY(check_area(vg, index, lv, s, area, length));
    TRY(check_references(vg, index, lv, s));
  }
  return {};
}

Result<> check_allocations(const Vg& vg) {
  if (runs_ascend(vg)) return {};
  auto usage = pv_usage(vg);
  for (std::size_t p = 0; p < usage.size(); ++p) {
    const Allocated* last = nullptr;
    for (const Allocated& range : usage[p].ranges) {
      if (!range.certain) continue;
      if (last && range.start < last->end())
        return fail(
            Code::corrupt,
            fmt::format("Extent {} of physical volume {} belongs to \"{}\" and to \"{}\" in the {}.", range.start.n,
                        vg.pvs[p].id.dashed(), vg.lvs[last->lv].name, vg.lvs[range.lv].name, in_vg(vg)));
      last = &range;
    }
  }
  return {};
}

}  // namespace

Result<> check(const Vg& vg) {
  TRY(check_vg(vg));
  Index index(vg);
  TRY(check_pvs(vg, index));
  TRY(check_lv_identity(vg, index));
  for (const Lv& lv : vg.lvs) TRY(check_segments(vg, index, lv));
  TRY(check_allocations(vg));
  return Relations(vg).check();
}

std::uint64_t visible_lv_count(const Vg& vg) {
  return static_cast<std::uint64_t>(
      std::count_if(vg.lvs.begin(), vg.lvs.end(), [](const Lv& lv) { return lv.visible(); }));
}

Result<> check_extent_size(Sectors extent_size) {
  constexpr std::uint64_t k128KiB = 256;
  if (extent_size.n > kMax32)
    return fail(Code::refused, fmt::format("Extent size must not exceed {} sectors.", kMax32));
  if (is_power_of_two(extent_size.n) || (extent_size && extent_size.n % k128KiB == 0)) return {};
  return fail(Code::refused, "Physical extent size must be a multiple of 128.00 KiB when not a power of 2.");
}

Result<> check_limits(const Vg& vg) {
  TRY(check_extent_size(vg.extent_size));
  if (vg.max_pv != 0 && vg.pvs.size() > vg.max_pv)
    return fail(Code::refused,
                fmt::format("Maximum number of physical volumes ({}) exceeded in {}.", vg.max_pv, in_vg(vg)));
  if (vg.max_lv != 0 && visible_lv_count(vg) > vg.max_lv)
    return fail(Code::refused,
                fmt::format("Maximum number of logical volumes ({}) exceeded in {}.", vg.max_lv, in_vg(vg)));
  return {};
}

}  // namespace lvm::model
