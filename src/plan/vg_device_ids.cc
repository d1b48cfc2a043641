// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_device_ids.h"

namespace lvm::plan {

Result<step::Plan> vg_device_ids(const Context& context, const world::VgView& view, const DeviceIdsRequest& request) {
  model::Vg after = *view.vg;
  for (model::Pv& pv : after.pvs) {
    auto id = request.find(pv.id);
    if (id == request.end()) continue;
    pv.device_id_type = id->second.type;
    pv.device_id = id->second.name;
  }
  step::Plan plan;
  TRY(check_writable(context, view));
  plan.stages.push_back(metadata_stage(view.vg, std::move(after)));
  return plan;
}

}  // namespace lvm::plan
