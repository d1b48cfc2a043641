// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/resize/kinds.h"

#include <algorithm>

// VDO volumes: their size is a number, and that of what their pool shows.
namespace lvm::plan::resize {
namespace {

Result<> grow(Job& job, Extents wanted) {
  model::Segment& segment = job.lv().segments.back();
  segment.count = wanted - segment.start;
  const auto& vdo = std::get<model::Vdo>(segment.body);
  auto& pool = *job.vg.find_lv(vdo.pool)->as<model::VdoPool>();
  pool.virtual_extents = std::max(pool.virtual_extents, vdo.offset + wanted);
  return {};
}

}  // namespace

constexpr Kind vdo_kind = {
    .handles = [](const model::Lv& lv) { return lv.as<model::Vdo>() != nullptr; },
    .check = [](const Job&) -> Result<> { return {}; },
    .logical = [](const model::Lv&, Extents physical) { return physical; },
    .round_amount = nullptr,
    .grow = grow,
    .round_reduced = nullptr,
    .shrink = [](Job&, Extents) {},
};

}  // namespace lvm::plan::resize
