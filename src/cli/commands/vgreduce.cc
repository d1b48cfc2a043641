// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_reduce.h"

#include <fmt/format.h>

#include <utility>

#include "cli/candidates.h"
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/log_scope.h"
#include "cli/operands.h"
#include "plan/convert/cache.h"
#include "plan/convert/mirror.h"
#include "plan/lv_remove.h"

namespace lvm::cli {
namespace {

// PVs of the VG by path or @tag; those that are not there are said.
std::vector<PvId> named_pvs(Session& session, const world::VgView& view, ExitStatus& status) {
  std::vector<PvId> out;
  const auto& operands = session.arguments().operands();
  for (std::size_t i = 1; i < operands.size(); ++i) {
    if (operands[i].starts_with('@')) {
      for (const model::Pv& pv : view.vg->pvs)
        for (const std::string& tag : pv.tags)
          if (tag == operands[i].substr(1)) out.push_back(pv.id);
      continue;
    }
    const world::PvDevice* device = session.world().find_pv(operands[i]);
    if (device && !device->duplicate && view.vg->find_pv(device->id)) {
      out.push_back(device->id);
      continue;
    }
    session.messages().error(why_no_pv(session.world(), operands[i]));
    status = ExitStatus::failed;
  }
  return out;
}

// In the command log each PV that leaves has an entry of its own.
ExitStatus reduce_each(Session& session, VgId vg, plan::VgReduceRequest request) {
  ExitStatus status = ExitStatus::ok;
  for (PvId pv : std::exchange(request.pvs, {})) {
    const world::VgView& view = *session.world().find_vg(vg);
    const world::PvDevice* device = session.world().find_pv(pv);
    request.pvs = {pv};
    status = worst(status, about(session, log_object(view.vg.get(), pv, device ? device->device.path : "[unknown]"),
                                 [&] { return session.carry_out(plan::vg_reduce(session.context(), view, request)); }));
  }
  return status;
}

// Mirrors go on without what they have lost, before the PVs go on which that was.
ExitStatus repair_mirrors(Session& session, const world::VgView& first) {
  const VgId vg = first.vg->id;
  std::vector<LvId> mirrors;
  for (const model::Lv& lv : first.vg->lvs)
    if (const auto* mirror = lv.as<model::Mirror>()) {
      const plan::convert::LostParts lost = plan::convert::lost_parts(first, lv);
      if ((!lost.images.empty() || lost.log) && lost.images.size() < mirror->areas.size()) mirrors.push_back(lv.id);
    }
  ExitStatus status = ExitStatus::ok;
  plan::Context quiet = session.context();
  quiet.notes = nullptr;  // what a repair says of the mirror's state
  for (const LvId id : mirrors) {
    if (status != ExitStatus::ok) break;
    plan::convert::Request request;
    request.lv = id;
    status = session.carry_out(plan::convert::drop_lost_parts(quiet, *session.world().find_vg(vg), request, false));
  }
  return status;
}

// A volume whose cache alone is lost goes on without it, those that cannot do without what they have lost are removed;
// up to the first that fails.
ExitStatus give_up_lost(Session& session, VgId vg) {
  const plan::Losses lost = plan::losses(*session.world().find_vg(vg));
  ExitStatus status = ExitStatus::ok;
  const auto carry_out = [&](Result<step::Plan> plan) {
    if (plan) plan->questions.clear();  // --force has said it
    status = session.carry_out(std::move(plan));
  };
  for (const LvId id : lost.caches) {
    if (status != ExitStatus::ok) return status;
    const world::VgView& view = *session.world().find_vg(vg);
    const model::Lv& cached = *view.vg->find_lv(plan::convert::cached_by(*view.vg, id));
    session.messages().warn(
        fmt::format("WARNING: The cache of {}/{} is lost: what only it had is lost, the volume goes on without it.",
                    view.vg->name, cached.name));
    carry_out(plan::convert::detach_cache(session.context(), view, {.lv = cached.id, .remove = true, .force = true}));
  }
  for (const LvId id : lost.volumes) {
    if (status != ExitStatus::ok) return status;
    const world::VgView& view = *session.world().find_vg(vg);
    const model::Lv* lv = view.vg->find_lv(id);
    if (!lv) continue;  // went with another one
    session.messages().warn(fmt::format("WARNING: Removing partial LV {}/{}.", view.vg->name, lv->name));
    carry_out(plan::lv_remove(session.context(), view, {.lvs = {id}, .force = true, .yes = true}));
  }
  return status;
}

}  // namespace

ExitStatus run_vgreduce(Session& session, const Arguments& arguments) {
  auto name = parse_vg_name(arguments.operands().front());
  if (!name) return session.refuse(name.error());
  auto found = session.discover();
  if (!found) return session.refuse(found.error());
  return session.with_vg(*name, [&](const world::VgView& view) {
    ExitStatus status = ExitStatus::ok;
    plan::VgReduceRequest request;
    request.all_unused = arguments.has(Opt::all);
    request.remove_missing = arguments.has(Opt::removemissing);
    request.force = session.force() > 0;
    request.mirrors_only = arguments.has(Opt::mirrorsonly);
    request.yes = session.yes();
    if (!request.all_unused && !request.remove_missing) {
      request.pvs = named_pvs(session, view, status);
      if (request.pvs.empty()) return status;
      if (session.messages().logging()) return worst(status, reduce_each(session, view.vg->id, request));
    }
    const VgId vg = view.vg->id;
    const bool gives_up = request.remove_missing && request.force;
    if (gives_up) status = repair_mirrors(session, view);
    if (gives_up && status == ExitStatus::ok && !request.mirrors_only) status = give_up_lost(session, vg);
    if (status != ExitStatus::ok) return status;
    return session.carry_out(plan::vg_reduce(session.context(), *session.world().find_vg(vg), request));
  });
}

}  // namespace lvm::cli
