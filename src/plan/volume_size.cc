// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/volume_size.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace lvm::plan {
namespace {

// PVs of the VG that an argument names: one for a path, several for a tag.
Result<std::vector<PvId>> pvs_named(const Context& context, const world::VgView& view, const PvArgument& argument) {
  const model::Vg& vg = *view.vg;
  std::vector<PvId> out;
  if (argument.name.starts_with('@')) {
    std::string tag = argument.name.substr(1);
    for (const model::Pv& pv : vg.pvs)
      if (std::find(pv.tags.begin(), pv.tags.end(), tag) != pv.tags.end()) out.push_back(pv.id);
    if (out.empty())
      return fail(Code::not_found, fmt::format("No PVs found with tag {} in Volume Group {}.", tag, vg.name));
    return out;
  }
  const world::PvDevice* device = context.world.find_pv(argument.name);
  if (!device || !vg.find_pv(device->id))
    return fail(Code::not_found,
                fmt::format("Physical Volume \"{}\" not found in Volume Group \"{}\".", argument.name, vg.name));
  out.push_back(device->id);
  return out;
}

Result<std::vector<alloc::Range>> clip_ranges(const PvArgument& argument, const model::Pv& pv) {
  std::vector<alloc::Range> out;
  for (const PvArgument::Range& range : argument.ranges) {
    if (range.first > range.last)
      return fail(Code::usage,
                  fmt::format("PE range error: start extent {} to end extent {}.", range.first, range.last));
    if (range.first >= pv.pe_count.n)
      return fail(Code::usage,
                  fmt::format("PE range error: start extent {} is beyond the last extent {} of physical volume {}.",
                              range.first, pv.pe_count.n ? pv.pe_count.n - 1 : 0, argument.name));
    std::uint64_t last = std::min(range.last, pv.pe_count.n - 1);
    alloc::Range clipped{Extents(range.first), Extents(last - range.first + 1)};
    for (const alloc::Range& other : out)
      if (clipped.start < other.end() && other.start < clipped.end())
        return fail(Code::usage, fmt::format("Overlapping PE ranges specified ({}-{}, {}-{}) on {}.", other.start.n,
                                             other.end().n - 1, range.first, last, argument.name));
    out.push_back(clipped);
  }
  return out;
}

}  // namespace

Result<std::vector<alloc::PvChoice>> choose_pvs(const Context& context, const world::VgView& view,
                                                const std::vector<PvArgument>& arguments, const alloc::FreeMap& free) {
  const model::Vg& vg = *view.vg;
  if (arguments.empty()) return alloc::allocatable(vg);
  std::vector<alloc::PvChoice> out;
  for (const PvArgument& argument : arguments) {
    std::vector<PvId> named = TRY(pvs_named(context, view, argument));
    for (PvId id : named) {
      const model::Pv& pv = *vg.find_pv(id);
      if (!pv.flags.has(model::PvFlag::allocatable)) {
        context.note(warn(fmt::format("WARNING: Physical volume \"{}\" not allocatable.", argument.name)));
        continue;
      }
      if (pv.missing()) {
        context.note(warn(fmt::format("WARNING: Physical volume \"{}\" is missing.", argument.name)));
        continue;
      }
      auto index = static_cast<std::size_t>(&pv - vg.pvs.data());
      if (free.free(index).n == 0) {
        context.note(warn(fmt::format("WARNING: No free extents on physical volume \"{}\".", argument.name)));
        continue;
      }
      std::vector<alloc::Range> ranges = TRY(clip_ranges(argument, pv));
      auto known = std::find_if(out.begin(), out.end(), [&](const alloc::PvChoice& c) { return c.pv == id; });
      if (known == out.end())
        out.push_back({id, std::move(ranges)});
      else
        known->ranges.insert(known->ranges.end(), ranges.begin(), ranges.end());
    }
  }
  if (out.empty()) return fail(Code::no_space, "No specified PVs have space available.");
  return out;
}

Extents free_of(const model::Vg& vg, const alloc::FreeMap& free, const std::vector<alloc::PvChoice>& choices) {
  Extents sum;
  for (const alloc::PvChoice& choice : choices) {
    const model::Pv* pv = vg.find_pv(choice.pv);
    if (!pv) continue;
    auto index = static_cast<std::size_t>(pv - vg.pvs.data());
    for (const alloc::Range& range : free.of(index)) {
      if (choice.ranges.empty()) sum += range.count;
      for (const alloc::Range& part : choice.ranges) {
        Extents start = std::max(range.start, part.start);
        Extents end = std::min(range.end(), part.end());
        if (start < end) sum += end - start;
      }
    }
  }
  return sum;
}

Result<Extents> extents_of_bytes(const Context& context, const model::Vg& vg, Bytes bytes) {
  Sectors sectors = to_sectors_ceil(bytes);
  Extents extents = to_extents_ceil(sectors, vg.extent_size);
  if (extents.n > std::numeric_limits<std::uint32_t>::max() - 1)
    return fail(Code::usage,
                "Volume too large: an LV holds fewer than 4294967295 extents; use a VG with a "
                "larger extent size.");
  if (to_sectors(extents, vg.extent_size) != sectors)
    context.note(
        print(fmt::format("Rounding up size to full physical extent {}", context.size_text(vg.size_of(extents)))));
  return extents;
}

model::Allocation effective_policy(const model::Vg& vg, model::Allocation policy) {
  if (policy != model::Allocation::inherit) return policy;
  return vg.allocation == model::Allocation::inherit ? model::Allocation::normal : vg.allocation;
}

std::string sized(const Context& context, const model::Vg& vg, Extents extents) {
  return fmt::format("{} ({} extents)", context.size_text(vg.size_of(extents)), extents.n);
}

}  // namespace lvm::plan
