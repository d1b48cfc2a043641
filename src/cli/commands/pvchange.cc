// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/pv_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/candidates.h"
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/log_scope.h"
#include "cli/operands.h"

// pvchange and pvresize: a list of PVs, each changed under the lock of its VG, and a line that counts.
namespace lvm::cli {
namespace {

struct Tally {
  std::size_t done = 0, failed = 0;
};

struct ChosenPvs {
  std::map<std::string, std::vector<PvId>> by_vg;
  std::vector<PvId> orphans;
  std::vector<std::string> unknown;  // operands that are no PVs
};

ChosenPvs chosen_pvs(Session& session) {
  ChosenPvs out;
  const world::World& world = session.world();
  auto add = [&](const world::PvDevice& pv) {
    const world::VgView* view = pv.vg_id ? world.find_vg(pv.vg_id) : nullptr;
    (view ? out.by_vg[view->vg->name] : out.orphans).push_back(pv.id);
  };
  const Arguments& arguments = session.arguments();
  for (const std::string& operand : arguments.operands()) {
    if (operand.starts_with('@')) {
      for (const world::VgView& view : world.vgs)
        for (const model::Pv& pv : view.vg->pvs)
          if (std::find(pv.tags.begin(), pv.tags.end(), operand.substr(1)) != pv.tags.end())
            out.by_vg[view.vg->name].push_back(pv.id);
      continue;
    }
    // Of several devices with one PV only the one in use is meant.
    if (const world::PvDevice* pv = world.find_pv(operand); pv && !pv->duplicate) {
      add(*pv);
      continue;
    }
    out.unknown.push_back(operand);
  }
  if (arguments.operands().empty())
    for (const world::PvDevice& pv : world.pvs)
      if (!pv.duplicate) add(pv);
  return out;
}

std::string pv_path(Session& session, PvId pv) {
  const world::PvDevice* device = session.world().find_pv(pv);
  return device ? device->device.path : "[unknown]";
}

// Calls `plan_one` for each PV, with its VG locked and freshly read.
template <class PlanOne>
ExitStatus for_each_pv(Session& session, Tally& tally, PlanOne plan_one) {
  auto read = session.read_all();
  if (!read) return session.refuse(read.error());
  ExitStatus status = ExitStatus::ok;
  auto count = [&](ExitStatus one) {
    one == ExitStatus::ok ? ++tally.done : ++tally.failed;
    status = worst(status, one);
  };
  auto change_one = [&](const world::VgView* view, PvId pv) {
    auto object = log_object(view ? view->vg.get() : nullptr, pv, pv_path(session, pv));
    const ExitStatus one = about(session, std::move(object), [&] { return plan_one(view, pv); });
    count(one);
    return one;
  };
  const ChosenPvs chosen = chosen_pvs(session);
  for (const auto& [vg, pvs] : chosen.by_vg) {
    ExitStatus whole = session.with_vg(vg, [&](const world::VgView& view) {
      VgId id = view.vg->id;
      ExitStatus all = ExitStatus::ok;
      for (PvId pv : pvs) all = worst(all, change_one(session.world().find_vg(id), pv));
      return all;
    });
    status = worst(status, whole);
  }
  // Those without a VG count as the members of one.
  if (!chosen.orphans.empty() || !chosen.unknown.empty() || session.arguments().operands().empty())
    about(session, {"orphan", "lvm2", {}, {}, {}}, [&] {
      ExitStatus all = ExitStatus::ok;
      for (PvId pv : chosen.orphans) all = worst(all, change_one(nullptr, pv));
      return all;
    });
  Messages::Object before = session.messages().set_object({.type = "pv"});
  for (const std::string& operand : chosen.unknown) {
    session.messages().error(why_no_pv(session.world(), operand));
    status = ExitStatus::failed;
  }
  session.messages().set_object(std::move(before));
  return status;
}

}  // namespace

ExitStatus run_pvchange(Session& session, const Arguments& arguments) {
  plan::PvChangeRequest request;
  request.allocatable = arguments.yes_no(Opt::allocatable);
  request.metadata_ignore = arguments.yes_no(Opt::metadataignore);
  request.add_tags = arguments.all(Opt::addtag);
  request.delete_tags = arguments.all(Opt::deltag);
  request.new_uuid = arguments.has(Opt::uuid);
  request.yes = session.yes();
  Tally tally;
  ExitStatus status = for_each_pv(session, tally, [&](const world::VgView* view, PvId pv) {
    request.pv = pv;
    std::string path = pv_path(session, pv);
    auto plan = plan::pv_change(session.context(), view, request);
    if (plan) return session.carry_out(std::move(plan));
    // What is so already counts as not changed, and is no failure.
    if (plan.error().code() == Code::exists) {
      session.messages().warn(plan.error().text());
      session.messages().print(fmt::format("Physical volume {} not changed", path));
      ++tally.failed;
      --tally.done;
      return ExitStatus::ok;
    }
    session.refuse(plan.error());
    session.messages().error(fmt::format("Physical volume {} not changed", path));
    return ExitStatus::failed;
  });
  session.messages().print(fmt::format("{} physical volume{} changed / {} physical volume{} not changed", tally.done,
                                       tally.done == 1 ? "" : "s", tally.failed, tally.failed == 1 ? "" : "s"));
  return status;
}

ExitStatus run_pvresize(Session& session, const Arguments& arguments) {
  Tally tally;
  ExitStatus status = for_each_pv(session, tally, [&](const world::VgView* view, PvId pv) {
    const world::PvDevice* device = session.world().find_pv(pv);
    plan::PvResizeRequest request{pv, device->device.size, arguments.bytes(Opt::setphysicalvolumesize), session.yes()};
    if (request.wanted && request.wanted->n == 0)
      return session.refuse(Error(Code::usage, "Physical volume size may not be zero"));
    return session.carry_out(plan::pv_resize(session.context(), view, request));
  });
  session.messages().print(fmt::format("{} physical volume(s) resized or updated / {} physical volume(s) not resized",
                                       tally.done, tally.failed));
  return status;
}

}  // namespace lvm::cli
