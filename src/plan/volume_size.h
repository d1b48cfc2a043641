// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "alloc/alloc.h"
#include "plan/context.h"

namespace lvm::plan {

// A size as the user gave it: -L 10G, -l 50, -l +20%FREE.
struct LvSize {
  enum class Unit { bytes, extents, percent_vg, percent_free, percent_pvs, percent_lv, percent_origin };
  enum class Sign { none, plus, minus };
  Unit unit = Unit::extents;
  Sign sign = Sign::none;
  std::uint64_t value = 0;

  bool percent() const { return unit != Unit::bytes && unit != Unit::extents; }
};

// A PV named on the command line, with the extent ranges given behind it.
struct PvArgument {
  struct Range {
    std::uint64_t first = 0;
    std::uint64_t last = ~std::uint64_t{0};  // inclusive
  };
  std::string name;  // a device path, or @tag
  std::vector<Range> ranges;
};

// The PVs to allocate from: those named, in the order named, or all of the VG.
Result<std::vector<alloc::PvChoice>> choose_pvs(const Context& context, const world::VgView& view,
                                                const std::vector<PvArgument>& arguments, const alloc::FreeMap& free);

// Free extents of the chosen PVs within their ranges.
Extents free_of(const model::Vg& vg, const alloc::FreeMap& free, const std::vector<alloc::PvChoice>& choices);

// Bytes to whole extents, upwards; says so when it rounds.
Result<Extents> extents_of_bytes(const Context& context, const model::Vg& vg, Bytes bytes);

// inherit -> the VG's policy.
model::Allocation effective_policy(const model::Vg& vg, model::Allocation policy);

// "4 extents" as LVM words it inside sentences about sizes: "16.00 MiB (4 extents)".
std::string sized(const Context& context, const model::Vg& vg, Extents extents);

}  // namespace lvm::plan
