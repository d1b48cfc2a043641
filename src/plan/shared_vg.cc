// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/shared_vg.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "alloc/alloc.h"
#include "plan/lv_locks.h"
#include "plan/lv_segments.h"
#include "plan/new_lv.h"
#include "plan/volume_size.h"

namespace lvm::plan {
namespace {

using model::Lv;
using model::Vg;

Result<> grow(const Context& context, const world::VgView& view, Bytes size, Lv& lv) {
  const Vg& vg = *view.vg;
  const alloc::FreeMap free(vg);
  GrowRequest request;
  request.extents = Extents((to_sectors_ceil(size).n + vg.extent_size.n - 1) / vg.extent_size.n);
  request.choices = TRY(choose_pvs(context, view, {}, free));
  if (free.total() < request.extents)
    return fail(Code::no_space,
                fmt::format("Volume group \"{}\" has insufficient free space ({} extents): {} required.", vg.name,
                            free.total().n, request.extents.n));
  return grow_volume(context, vg, free, request, lv);
}

}  // namespace

const Lv* lease_volume(const Vg& vg) {
  const Lv* lv = vg.find_lv(kLeaseVolume);
  return lv && !lv->visible() ? lv : nullptr;
}

Result<step::Plan> vg_set_lock(const Context& context, const world::VgView& view, const VgLockRequest& request) {
  TRY(check_writable(context, view, {.missing_pvs = request.forced}));
  Vg after = *view.vg;
  after.lock_type = request.type;
  after.lock_args = request.args;
  after.system_id = request.type.empty() ? context.world.host.system_id : std::string();
  if (const Lv* leases = lease_volume(after); leases && request.type != "sanlock")
    std::erase_if(after.lvs, [id = leases->id](const Lv& lv) { return lv.id == id; });
  const LockHolders holders(*view.vg);
  for (Lv& lv : after.lvs) {
    lv.lock_args = {};
    const Lv* before = view.vg->find_lv(lv.id);
    if (!before || !holders.has_lock(*before)) continue;
    if (auto found = request.lv_args.find(lv.id); found != request.lv_args.end()) lv.lock_args = found->second;
  }
  step::Plan plan;
  step::Stage stage = metadata_stage(view.vg, std::move(after));
  if (!request.quiet)
    stage.steps.emplace_back(print(fmt::format("Volume group \"{}\" successfully changed", view.vg->name)));
  plan.stages.push_back(std::move(stage));
  return plan;
}

Result<step::Plan> lease_volume_create(const Context& context, const world::VgView& view, Bytes size) {
  TRY(check_writable(context, view));
  if (view.vg->find_lv(kLeaseVolume))
    return fail(Code::exists, fmt::format("Logical Volume \"{}\" already exists in volume group \"{}\"", kLeaseVolume,
                                          view.vg->name));
  Lv lv = new_lv(context, std::string(kLeaseVolume), Seen::hidden);
  TRY(grow(context, view, size, lv));
  Vg after = *view.vg;
  after.lvs.push_back(lv);
  std::vector<step::Step> behind =
      TRY(activate::activate(context.world, view, after, lv, context.config, activate::Options{}));
  behind.emplace_back(step::Settle{});
  step::Plan plan;
  step::Stage stage = metadata_stage(view.vg, std::move(after), {}, std::move(behind));
  stage.steps.emplace_back(print(fmt::format("Logical volume \"{}\" created.", lv.name)));
  Vg without = *view.vg;
  without.seqno = stage.after->seqno;
  stage.undo.push_back(metadata_stage(stage.after, std::move(without)));
  plan.stages.push_back(std::move(stage));
  return plan;
}

Result<step::Plan> lease_volume_extend(const Context& context, const world::VgView& view, Bytes by) {
  TRY(check_writable(context, view));
  const Lv* old = lease_volume(*view.vg);
  if (!old) return fail(Code::not_found, fmt::format("VG {} has no volume for leases.", view.vg->name));
  Vg after = *view.vg;
  Lv& lv = *after.find_lv(old->id);
  TRY(grow(context, view, by, lv));
  auto change = TRY(activate::change(context.world, view, *view.vg, *old, after, lv, context.config, {}));
  step::Plan plan;
  plan.stages.push_back(metadata_stage(view.vg, std::move(after), std::move(change.before), std::move(change.after)));
  return plan;
}

}  // namespace lvm::plan
