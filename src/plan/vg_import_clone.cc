// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_import_clone.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "dm/text.h"
#include "plan/pv_layout.h"
#include "segment/kind.h"

namespace lvm::plan {
namespace {

void replace_pv_ids(model::Vg& vg, const std::map<PvId, PvId>& new_ids) {
  for (model::Pv& pv : vg.pvs) pv.id = new_ids.at(pv.id);
  for (model::Lv& lv : vg.lvs)
    for (model::Segment& segment : lv.segments)
      for (model::Area& area : segment::areas(segment))
        if (auto* on_pv = std::get_if<model::PvArea>(&area)) on_pv->pv = new_ids.at(on_pv->pv);
}

step::WriteLabel label_with_id(const world::PvDevice& device, PvId id) {
  step::WriteLabel out;
  out.device = device.device;
  out.id = id;
  out.layout = layout_of(device);
  out.wipe_head = false;
  // The ring starts anew, as in the reference: a text that names the old ids would be of no use.
  out.format_areas = true;
  return out;
}

// The original of a copied VG may be up, on its own devices.
bool carries_a_volume(const world::World& world, const device::Device& device) {
  return std::ranges::any_of(world.live, [&](const auto& entry) {
    const auto& table = entry.second.table;
    return table && std::ranges::any_of(*table, [&](const dm::Target& target) {
             auto devices = dm::devices_of(target.body);
             return std::ranges::find(devices, dm::DeviceRef(device.number)) != devices.end();
           });
  });
}

}  // namespace

Result<step::Plan> vg_import_clone(const Context& context, const world::VgView& view,
                                   const VgImportCloneRequest& request) {
  const model::Vg& vg = *view.vg;
  if (vg.exported() && !request.import)
    return fail(Code::refused, fmt::format("VG {} is exported, use the --import option.\n"
                                           "Failed to update VG on devices being imported.",
                                           vg.name));
  TRY(check_writable(context, view, {.exported = true}));
  for (const std::optional<std::size_t>& pv : view.devices)
    if (const device::Device& device = context.world.pvs[*pv].device; carries_a_volume(context.world, device))
      return fail(Code::busy, fmt::format("Device {} has active LVs, deactivate first.\n"
                                          "Failed to update VG on devices being imported.",
                                          device.path));
  model::Vg after = vg;
  after.id = VgId{context.new_uuid()};
  after.name = request.new_name;
  after.flags.clear(model::VgFlag::exported);
  std::map<PvId, PvId> new_ids;
  std::vector<step::Step> labels;
  for (std::size_t i = 0; i < vg.pvs.size(); ++i) {
    after.pvs[i].flags.clear(model::PvFlag::exported);
    PvId id{context.new_uuid()};
    new_ids.emplace(vg.pvs[i].id, id);
    labels.emplace_back(label_with_id(context.world.pvs[*view.devices[i]], id));
  }
  replace_pv_ids(after, new_ids);
  step::Plan plan;
  // A stage that makes a VG: archive and backup of the old name are those of the original, which stays.
  step::Stage stage;
  after.seqno = vg.seqno + 1;
  stage.after = std::make_shared<const model::Vg>(std::move(after));
  stage.steps = std::move(labels);
  stage.steps.insert(stage.steps.end(), {step::WriteMetadata{}, step::CommitMetadata{}, step::Backup{}});
  plan.stages.push_back(std::move(stage));
  return plan;
}

std::string free_vg_name(const std::string& base, const std::set<std::string>& taken) {
  std::string name = base;
  for (std::uint32_t number = 1; taken.contains(name); ++number) name = fmt::format("{}{}", base, number);
  return name;
}

}  // namespace lvm::plan
