// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/resize/kinds.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/live.h"
#include "model/relations.h"
#include "plan/lv_segments.h"

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

// What stands in the kernel for the volume: what is outermost, if it is a part.
struct Face {
  const model::Lv& lv;
  const world::LiveDevice* live;
};
Face face_of(const Job& job) {
  const model::Vg& vg = job.before();
  model::Relations relations(vg);
  const model::Lv& top = vg.lvs[relations.top(relations.position(job.id))];
  return {top, activate::own_device(job.context.world, vg, top)};
}

// The pool would keep what is cut off for ever: VDO forgets blocks by discards alone, and while it is up (lvmvdo(7)).
Result<> check_shrink(const Job& job) {
  const Face face = face_of(job);
  if (face.live) return {};
  return fail(Code::refused, fmt::format("Logical volume {}/{} must be activated before reducing device size.",
                                         job.before().name, face.lv.name));
}

std::vector<step::Step> before_shrink(const Job& job, Extents wanted) {
  const model::Vg& vg = job.before();
  const Face face = face_of(job);
  device::Device volume;
  volume.path = fmt::format("/dev/{}/{}", vg.name, face.lv.name);
  volume.number = face.live->info.device;
  const Sectors cut = vg.size_of(vg.find_lv(job.id)->extents() - wanted);
  const Bytes from = to_bytes(vg.size_of(wanted));
  return {warn(fmt::format("WARNING: {}: Discarding {} at offset {}, please wait...", volume.path,
                           job.context.size_text(cut), from.n)),
          step::Discard{volume, from, to_bytes(cut), true}};
}

}  // namespace

constexpr Kind vdo_kind = {
    .handles = [](const model::Lv& lv) { return lv.as<model::Vdo>() != nullptr; },
    .check = [](const Job&) -> Result<> { return {}; },
    .logical = [](const model::Lv&, Extents physical) { return physical; },
    .round_amount = nullptr,
    .grow = grow,
    .check_shrink = check_shrink,
    .round_reduced = nullptr,
    .before_shrink = before_shrink,
    .shrink = [](Job& job, Extents wanted) { shrink_volume(job.lv(), wanted); },
};

}  // namespace lvm::plan::resize
