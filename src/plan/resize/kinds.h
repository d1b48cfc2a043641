// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "activate/activate.h"
#include "plan/lv_resize.h"

// How volumes of each kind become larger and smaller: a file and a row per kind, listed once in kinds.cc.
namespace lvm::plan::resize {

// One resize on its way from the request to the plan.
struct Job {
  const Context& context;
  const world::VgView& view;
  const LvResizeRequest& request;
  model::Vg vg;  // as it will be
  LvId id;
  alloc::FreeMap free;
  activate::Options options;  // for the new tables

  model::Lv& lv() { return *vg.find_lv(id); }
  const model::Vg& before() const { return *view.vg; }
};

struct Kind {
  bool (*handles)(const model::Lv& lv);
  // What holds of the request whatever the size.
  Result<> (*check)(const Job& job);
  // The logical extents that so many extents on PVs make: percentages of free space are of those.
  Extents (*logical)(const model::Lv& lv, Extents physical);
  // Rounds the amount as it was given, before its sign is looked at; may be null.
  Extents (*round_amount)(const Job& job, Extents amount);
  // Both change job.vg; `wanted` is the new size.
  Result<> (*grow)(Job& job, Extents wanted);
  Result<> (*check_shrink)(const Job& job);                  // may be null
  Extents (*round_reduced)(const Job& job, Extents wanted);  // may be null
  // Done to the volume that is up, in front of the change; may be null.
  std::vector<step::Step> (*before_shrink)(const Job& job, Extents wanted);
  void (*shrink)(Job& job, Extents wanted);
  bool of_free_extents = true;  // it grows by extents that are free, and by no more than there are
};

extern const Kind striped_kind;
extern const Kind images_kind;
extern const Kind thin_kind;
extern const Kind vdo_kind;

// Null when volumes of this kind cannot be resized.
const Kind* find_kind(const model::Lv& lv);

// Whether lvextend or lvreduce may go from one size to the other.
Result<> check_direction(const LvResizeRequest& request, Extents now, Extents wanted);

}  // namespace lvm::plan::resize
