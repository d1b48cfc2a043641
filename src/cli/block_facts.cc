// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/block_facts.h"

#include <fmt/format.h>

#include "activate/activate.h"
#include "activate/live.h"
#include "device/signatures.h"
#include "plan/lv_change.h"

namespace lvm::cli {
namespace {

device::Device device_of(Session& session, const world::VgView& view, const model::Lv& lv,
                         const world::LiveDevice& live) {
  device::Device out;
  out.path = fmt::format("/dev/{}/{}", view.vg->name, lv.name);
  out.number = live.info.device;
  // Volumes of the embedded engine are files.
  if (session.engine().name == "user") out.path = session.engine().run_directory + out.path;
  return out;
}

// 0 where nothing is found, or nothing can be read.
std::uint32_t content_block_size(Session& session, const world::VgView& view, const model::Lv& lv,
                                 const world::LiveDevice& live) {
  auto found = session.system().io.signatures(device_of(session, view, lv, live));
  if (!found) return 0;
  for (const device::Signature& signature : *found)
    if (!signature.partition_table) return signature.block_size;
  return 0;
}

Result<> switch_volume(Session& session, VgId vg, LvId lv, plan::Activation wanted) {
  plan::LvActivateRequest request;
  request.lvs = {lv};
  request.activation = wanted;
  request.ignore_activation_skip = true;
  const world::VgView& view = *session.world().find_vg(vg);
  if (session.carry_out(plan::lv_activate(session.context(), view, request)) == ExitStatus::ok) return {};
  return fail(Code::refused,
              fmt::format("What {}/{} carries cannot be looked at.", view.vg->name, view.vg->find_lv(lv)->name));
}

}  // namespace

plan::BlockFacts device_blocks(Session& session, const world::VgView& view) {
  plan::BlockFacts out;
  for (std::size_t i = 0; i < view.devices.size(); ++i) {
    if (!view.devices[i]) continue;
    if (auto topology = session.system().io.topology(session.world().pvs[*view.devices[i]].device))
      out.pvs.emplace(view.vg->pvs[i].id, *topology);
  }
  return out;
}

Result<plan::BlockFacts> volume_blocks(Session& session, VgId vg, LvId id) {
  auto live = [&] {
    const world::VgView& view = *session.world().find_vg(vg);
    return activate::own_device(session.world(), *view.vg, *view.vg->find_lv(id));
  };
  plan::BlockFacts out = device_blocks(session, *session.world().find_vg(vg));
  bool was_up = live() != nullptr;
  // Only looking: --plan and --test leave it down.
  if (!was_up && (session.test_mode() || session.arguments().has(Opt::plan))) return out;
  if (!was_up) TRY(switch_volume(session, vg, id, plan::Activation::yes));
  const world::VgView& view = *session.world().find_vg(vg);
  if (const world::LiveDevice* device = live())
    out.file_system = content_block_size(session, view, *view.vg->find_lv(id), *device);
  if (!was_up) TRY(switch_volume(session, vg, id, plan::Activation::no));
  return out;
}

}  // namespace lvm::cli
