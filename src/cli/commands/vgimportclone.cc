// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/commands/commands.h"
#include "cli/operands.h"
#include "model/names.h"
#include "plan/vg_import_clone.h"

namespace lvm::cli {
namespace {

struct Copies {
  std::vector<std::string> paths;  // of the devices
  std::string vg_name;
  VgId vg;
};

// A label at this path, preferred or not: the copies are duplicates.
const world::PvDevice* find_label(const world::World& world, const device::Device& device) {
  auto pv = std::ranges::find(world.pvs, device.path, [](const world::PvDevice& p) { return p.device.path; });
  return pv == world.pvs.end() ? nullptr : &*pv;
}

Result<Copies> find_copies(Session& session) {
  const world::World& world = session.world();
  Copies out;
  for (const std::string& operand : session.arguments().operands()) {
    const device::Device* device = world.find_device(operand);
    if (!device) return fail(Code::not_found, fmt::format("Failed to find device {}.", operand));
    const world::PvDevice* pv = find_label(world, *device);
    if (!pv) return fail(Code::not_found, fmt::format("Failed to find PVID for device {}.", operand));
    if (std::ranges::find(out.paths, device->path) == out.paths.end()) out.paths.push_back(device->path);
    for (const world::MetadataArea& area : pv->areas) {
      if (!area.vg_id) continue;
      if (out.vg && out.vg != area.vg_id) return fail(Code::refused, "Devices must be from the same VG.");
      out.vg = area.vg_id;
      out.vg_name = area.vg_name;
    }
  }
  if (!out.vg)
    return fail(Code::refused, fmt::format("{} does not belong to a volume group: nothing to import. pvchange --uuid "
                                           "gives a PV of no volume group a new id.",
                                           out.paths.front()));
  return out;
}

// The name of the VG that is copied is taken too, though its original may be out of sight.
std::set<std::string> names_taken(const world::World& world) {
  std::set<std::string> out;
  for (const world::PvDevice& pv : world.pvs)
    for (const world::MetadataArea& area : pv.areas)
      if (!area.vg_name.empty()) out.insert(area.vg_name);
  return out;
}

}  // namespace

ExitStatus run_vgimportclone(Session& session, const Arguments& arguments) {
  if (arguments.has(Opt::importdevices) && !session.config().flag("devices/use_devicesfile"))
    return session.refuse(
        Error(Code::refused, "Cannot use --importdevices: devices/use_devicesfile is 0, there is no devices file."));
  auto found = session.discover();
  if (!found) return session.refuse(found.error());
  auto copies = find_copies(session);
  if (!copies) return session.refuse(copies.error());
  std::string base = arguments.has(Opt::basevgname) ? std::string(arguments.text(Opt::basevgname)) : copies->vg_name;
  plan::VgImportCloneRequest request;
  request.new_name = plan::free_vg_name(base, names_taken(session.world()));
  request.import = arguments.has(Opt::import_vg);
  if (auto valid = model::check_new_vg_name(request.new_name); !valid)
    return session.refuse(Error(Code::refused, valid.error().message()));
  // From here on the originals are out of sight, so that the copies are nobody's duplicates.
  session.restrict_to(copies->paths);
  std::vector<std::unique_ptr<lock::Guard>> guards;
  for (const std::string& name : std::set<std::string>{copies->vg_name, request.new_name}) {
    auto guard = session.lock_vg(name, lock::Mode::exclusive);
    if (!guard) return session.refuse(guard.error());
    guards.push_back(std::move(*guard));
  }
  auto again = session.discover();
  if (again) again = session.read({copies->vg_name});
  if (!again) return session.refuse(again.error());
  const world::VgView* view = session.world().find_vg(copies->vg);
  if (!view || view->unusable)
    return session.refuse(
        Error(Code::corrupt, fmt::format("Failed to read VG {} from devices being imported.", copies->vg_name)));
  auto plan = plan::vg_import_clone(session.context(), *view, request);
  if (!plan && view->partial())
    plan = fail(plan.error().code(), fmt::format("{}\nFailed to read VG {} from devices being imported.",
                                                 plan.error().message(), copies->vg_name));
  return session.carry_out(std::move(plan));
}

}  // namespace lvm::cli
