// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/create/kinds.h"
#include "plan/create/pool.h"
#include "plan/vdo_pool.h"

// A VDO volume, and the pool it lies in: a pool has one volume, and is made with it.
namespace lvm::plan::create {
namespace {

// The plain volume that becomes the pool is placed, committed and formatted.
Result<LvId> add_formatted_pool(Draft& named, const VdoSizes& sizes, Stages& stages) {
  Draft draft = TRY(begin_pool(named.context, named.view, named.request));
  TRY(place_stripes(draft));
  LvId pool = draft.id;
  bool wipe = named.request.wipe_signatures.value_or(
      named.context.config.flag("allocation/wipe_signatures_when_zeroing_new_lvs"));
  auto formatted = TRY(format_alone(named.context, named.view, draft.vg, pool, sizes, wipe, named.request.yes));
  stages.add_revocable(std::move(draft.vg), {}, std::move(formatted));
  return pool;
}

Result<step::Plan> make(Draft& draft) {
  VdoSizes sizes = TRY(
      vdo_sizes(draft.context, draft.context.config, draft.before(), draft.request.vdo, draft.request.virtual_size));
  Stages stages(draft.context, draft.view);
  LvId pool;
  if (draft.request.vdo.formatted_blocks)
    pool = draft.vg.find_lv(draft.request.pool.name)->id;
  else
    pool = TRY(add_formatted_pool(draft, sizes, stages));
  if (!sizes.virtual_extents) return stages.finish();
  // The pool stands before its volume.
  model::Lv volume = draft.lv();
  draft.vg = stages.vg();
  draft.vg.lvs.push_back(std::move(volume));
  become_vdo_pool(draft.context, draft.vg, pool, draft.id, sizes);
  return finish(draft, stages, false);
}

constexpr std::string_view kTypes[] = {"vdo"};

}  // namespace

constexpr Kind vdo_kind = {.types = kTypes, .make = make};

}  // namespace lvm::plan::create
