// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_remove.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "model/names.h"
#include "model/relations.h"
#include "plan/lv_remove.h"
#include "plan/shared_vg.h"

namespace lvm::plan {
namespace {

using model::Vg;

std::size_t visible_lvs(const Vg& vg) {
  return static_cast<std::size_t>(
      std::count_if(vg.lvs.begin(), vg.lvs.end(), [](const model::Lv& lv) { return lv.visible(); }));
}

std::size_t missing_pvs(const world::VgView& view) {
  return static_cast<std::size_t>(
      std::count_if(view.devices.begin(), view.devices.end(), [](const auto& device) { return !device; }));
}

}  // namespace

Result<step::Plan> vg_remove(const Context& context, const world::VgView& view, const VgRemoveRequest& request) {
  TRY(check_writable(context, view, {.missing_pvs = true}));
  const Vg& vg = *view.vg;
  step::Plan plan;
  std::size_t missing = missing_pvs(view);
  if (missing > 0 && vg.lvs.empty() && request.force == 0)
    return fail(Code::refused, fmt::format("Volume group \"{}\" not found, is inconsistent or has PVs missing.\n"
                                           "Consider vgreduce --removemissing if metadata is inconsistent.",
                                           vg.name));
  if (missing > 0 && request.force == 0)
    plan.notes.push_back(
        warn(fmt::format("WARNING: {} physical volumes are currently missing from the system.", missing)));
  model::VgPtr last = view.vg;
  const model::Lv* leases = lease_volume(vg);
  if (vg.lvs.size() > (leases ? 1u : 0u)) {
    std::size_t visible = visible_lvs(vg);
    if (request.force == 0 && !request.yes)
      plan.questions.push_back(
          {fmt::format("Do you really want to remove volume group \"{}\" containing {} logical volumes? [y/n]: ",
                       vg.name, visible),
           fmt::format("Volume group \"{}\" not removed", vg.name)});
    LvRemoveRequest lvs{{}, request.force > 0, request.yes};
    lvs.remember = context.config.flag("metadata/record_lvs_history");
    // What a lock manager keeps its leases on goes with the VG.
    model::Relations relations(vg);
    for (const model::Lv& lv : vg.lvs) {
      std::uint32_t at = relations.position(lv);
      bool tie = relations.face_of(at) != model::Relations::kNone;  // goes with the snapshot
      if (&lv != leases && !model::is_pool_spare(lv) && !tie && !relations.part_of(at)) lvs.lvs.push_back(lv.id);
    }
    for (auto& [id, question] : lv_remove_questions(context, view, lvs)) plan.questions.push_back(std::move(question));
    step::Plan removal = TRY(lv_remove(context, view, lvs));
    if (!removal.failures.empty()) return std::unexpected(removal.failures.front());
    for (step::Stage& stage : removal.stages) plan.stages.push_back(std::move(stage));
    last = plan.stages.back().after;
  }
  step::Stage stage;
  stage.before = last;
  stage.steps = {step::RemoveMetadata{}, step::Backup{},
                 print(fmt::format("Volume group \"{}\" successfully removed", vg.name))};
  plan.stages.push_back(std::move(stage));
  return plan;
}

Result<step::Plan> vg_rename(const Context& context, const world::VgView& view, const VgRenameRequest& request) {
  TRY(check_writable(context, view, {.exported = true}));
  const Vg& vg = *view.vg;
  if (context.world.find_vg(request.new_name))
    return fail(Code::exists, fmt::format("New VG name \"{}\" already exists", request.new_name));
  for (const model::Lv& lv : vg.lvs) TRY(model::check_name_lengths(request.new_name, lv.name));
  Vg after = vg;
  after.name = request.new_name;
  // Together: an origin and its snapshots share devices, and a table is loaded once.
  std::vector<LvId> all;
  for (const model::Lv& lv : vg.lvs) all.push_back(lv.id);
  auto change = TRY(activate::change_together(context.world, view, vg, after, all, context.config, {}));
  change.after.emplace_back(step::Settle{});
  step::Stage stage = metadata_stage(view.vg, std::move(after), std::move(change.before), std::move(change.after));
  stage.steps.emplace_back(
      print(fmt::format("Volume group \"{}\" successfully renamed to \"{}\"", vg.name, request.new_name)));
  step::Plan plan;
  plan.stages.push_back(std::move(stage));
  return plan;
}

}  // namespace lvm::plan
