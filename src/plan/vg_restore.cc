// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_restore.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/live.h"
#include "plan/pv_layout.h"

namespace lvm::plan {
namespace {

// A PV of the backup must be there, with its data where the backup says.
Result<const world::PvDevice*> find_member(const Context& context, const model::Vg& vg, const model::Pv& pv) {
  const world::PvDevice* device = context.world.find_pv(pv.id);
  if (!device) return nullptr;
  if (device->vg_id && device->vg_id != vg.id) {
    const world::VgView* other = context.world.find_vg(device->vg_id);
    if (other && other->vg->name != vg.name)
      return fail(Code::refused, fmt::format("PV {} is in volume group {}: it cannot be restored into {}.",
                                             device->device.path, other->vg->name, vg.name));
  }
  if (to_sectors_floor(device->data_start) != pv.pe_start)
    return fail(
        Code::refused,
        fmt::format("PV {} begins its data at sector {}, the backup says {}: recreate it with pvcreate --uuid {} "
                    "--restorefile.",
                    device->device.path, to_sectors_floor(device->data_start).n, pv.pe_start.n, pv.id.dashed()));
  return device;
}

// What a pool's own metadata say has gone on since: their transaction id is no longer that of the text.
Result<> check_thin(const Context& context, const model::Vg& vg, bool force) {
  if (std::ranges::none_of(vg.lvs,
                           [](const model::Lv& lv) { return lv.as<model::ThinPool>() || lv.as<model::Thin>(); }))
    return {};
  if (!force)
    return fail(Code::refused,
                fmt::format("Consider using option --force to restore Volume Group {} with thin volumes.\n"
                            "Restore failed.",
                            vg.name));
  context.note(warn(fmt::format("WARNING: Forced restore of Volume Group {} with thin volumes.", vg.name)));
  return {};
}

}  // namespace

Result<step::Plan> vg_restore(const Context& context, const world::VgView* view, const VgRestoreRequest& request) {
  TRY(check_thin(context, request.vg, request.force));
  model::Vg after = request.vg;
  step::Plan plan;
  std::uint32_t seqno = after.seqno;
  std::vector<step::Step> labels;
  std::size_t missing = 0;
  for (model::Pv& pv : after.pvs) {
    const world::PvDevice* device = TRY(find_member(context, after, pv));
    if (!device) {
      context.note(warn(fmt::format("WARNING: Couldn't find device with uuid {}.", pv.id.dashed())));
      ++missing;
      continue;
    }
    pv.flags.clear(model::PvFlag::missing);
    if (device->used && device->extension_version >= 2) continue;
    step::WriteLabel label;
    label.device = device->device;
    label.id = device->id;
    label.layout = layout_of(*device);
    label.layout.used = true;
    label.wipe_head = label.format_areas = false;
    labels.emplace_back(std::move(label));
  }
  if (missing > 0)
    return fail(Code::refused,
                fmt::format("Cannot restore Volume Group {} with {} PVs marked as missing.\nRestore failed.",
                            after.name, missing));
  // The number goes above all that are there: lest a PV that is not in the backup wins one day, and lest two texts of
  // one number differ where the command is cut.
  for (const world::PvDevice& pv : context.world.pvs)
    for (const world::MetadataArea& area : pv.areas)
      if (area.vg_id == after.id) seqno = std::max(seqno, area.seqno);
  if (view) {
    for (const model::Lv& lv : view->vg->lvs) {
      if (!activate::is_up(context.world, *view->vg, lv)) continue;
      plan.notes.push_back(
          warn(fmt::format("WARNING: Found active volume(s) in volume group \"{}\".\n"
                           "Restoring VG with active LVs, may cause mismatch with its metadata.",
                           after.name)));
      if (!request.yes)
        plan.questions.push_back(
            {fmt::format("Do you really want to proceed with restore of volume group \"{}\", while 1 volume(s) are "
                         "active? [y/n]: ",
                         after.name),
             "Restore aborted."});
      break;
    }
  }
  std::string name = after.name;
  step::Stage stage = metadata_stage(view ? view->vg : nullptr, std::move(after));
  auto numbered = std::make_shared<model::Vg>(*stage.after);
  numbered->seqno = seqno + 1;
  stage.after = std::move(numbered);
  auto write = std::find_if(stage.steps.begin(), stage.steps.end(),
                            [](const step::Step& s) { return std::holds_alternative<step::WriteMetadata>(s); });
  stage.steps.insert(write, labels.begin(), labels.end());
  std::erase_if(stage.steps, [](const step::Step& s) { return std::holds_alternative<step::Archive>(s); });
  stage.steps.emplace_back(print(fmt::format("Restored volume group {}.", name)));
  plan.stages.push_back(std::move(stage));
  plan.restores = true;
  return plan;
}

}  // namespace lvm::plan
