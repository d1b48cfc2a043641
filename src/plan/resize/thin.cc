// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/lv_segments.h"
#include "plan/resize/kinds.h"

// Thin volumes: their size is a number only.
namespace lvm::plan::resize {
namespace {

Result<> grow(Job& job, Extents wanted) {
  model::Segment& last = job.lv().segments.back();
  last.count = wanted - last.start;
  return {};
}

}  // namespace

constexpr Kind thin_kind = {
    .handles = [](const model::Lv& lv) { return lv.as<model::Thin>() != nullptr; },
    .check = [](const Job&) -> Result<> { return {}; },
    .logical = [](const model::Lv&, Extents physical) { return physical; },
    .round_amount = nullptr,
    .grow = grow,
    .round_reduced = nullptr,
    .shrink = [](Job& job, Extents wanted) { shrink_volume(job.lv(), wanted); },
    .of_free_extents = false,
};

}  // namespace lvm::plan::resize
