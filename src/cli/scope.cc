// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/operands.h"

namespace lvm::cli {
namespace {

bool has_tag(const std::vector<std::string>& tags, std::string_view tag) {
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

struct Operands {
  std::vector<std::string> vgs;  // names to read; empty: all
  std::vector<LvName> lvs;
  std::vector<std::string> tags;
};

Result<Operands> read_operands(const Arguments& arguments, report::Kind kind) {
  Operands out;
  bool all = false;
  for (const std::string& operand : arguments.operands()) {
    if (operand.starts_with('@')) {
      out.tags.push_back(operand.substr(1));
      all = true;
      continue;
    }
    if (kind == report::Kind::vg) {
      std::string name = TRY(parse_vg_name(operand));
      out.vgs.push_back(std::move(name));
      continue;
    }
    LvName name = TRY(parse_lv_name(operand));
    out.vgs.push_back(name.vg);
    out.lvs.push_back(std::move(name));
  }
  if (all) out.vgs.clear();
  return out;
}

// VGs that were named and not found.
ExitStatus say_missing_vgs(Session& session, const std::vector<std::string>& names) {
  ExitStatus status = ExitStatus::ok;
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second || session.world().find_vg(name)) continue;
    session.messages().error(fmt::format("Volume group \"{}\" not found", name));
    session.messages().error(fmt::format("Cannot process volume group {}", name));
    status = ExitStatus::failed;
  }
  return status;
}

// VGs that can only be listed: LVM shows them and ends with a failure.
ExitStatus say_unusable_vgs(Session& session, bool named) {
  ExitStatus status = ExitStatus::ok;
  for (const world::VgView& view : session.world().vgs) {
    if (view.unusable) {
      session.messages().error(*view.unusable);
      status = ExitStatus::failed;
    }
    if (view.foreign && !session.arguments().has(Opt::foreign)) {
      session.messages().error(
          fmt::format("Cannot access VG {} with system ID {} with {}local system ID{}{}.", view.vg->name,
                      view.vg->system_id, session.world().host.system_id.empty() ? "unknown " : "",
                      session.world().host.system_id.empty() ? "" : " ", session.world().host.system_id));
      if (named) status = ExitStatus::failed;
    }
  }
  return status;
}

report::Scope vg_scope(Session& session, const Operands& operands) {
  report::Scope scope;
  if (session.arguments().operands().empty()) return scope;
  scope.vgs.emplace();
  for (const world::VgView& view : session.world().vgs) {
    bool named = std::find(operands.vgs.begin(), operands.vgs.end(), view.vg->name) != operands.vgs.end();
    bool tagged = std::any_of(operands.tags.begin(), operands.tags.end(),
                              [&](const std::string& tag) { return has_tag(view.vg->tags, tag); });
    if (named || tagged) scope.vgs->push_back(view.vg->id);
  }
  return scope;
}

report::Scope lv_scope(Session& session, const Operands& operands, ExitStatus& status) {
  report::Scope scope;
  if (session.arguments().operands().empty()) return scope;
  scope.lvs.emplace();
  bool all = session.arguments().has(Opt::all);
  std::set<LvId> chosen;
  auto add = [&](const model::Lv& lv) {
    if (chosen.insert(lv.id).second) scope.lvs->push_back(lv.id);
  };
  for (const world::VgView& view : session.world().vgs) {
    for (const model::Lv& lv : view.vg->lvs) {
      bool shown = lv.visible() || all;
      for (const std::string& tag : operands.tags)
        if (shown && (has_tag(view.vg->tags, tag) || has_tag(lv.tags, tag))) add(lv);
      for (const LvName& name : operands.lvs)
        if (name.vg == view.vg->name && (name.lv == lv.name || (name.lv.empty() && shown))) add(lv);
    }
  }
  for (const LvName& name : operands.lvs) {
    const world::VgView* view = session.world().find_vg(name.vg);
    if (!view || name.lv.empty() || view->vg->find_lv(name.lv)) continue;
    session.messages().error(fmt::format("Failed to find logical volume \"{}/{}\"", name.vg, name.lv));
    status = ExitStatus::failed;
  }
  return scope;
}

report::Scope pv_scope(Session& session, ExitStatus& status) {
  report::Scope scope;
  const Arguments& arguments = session.arguments();
  if (arguments.operands().empty()) return scope;
  scope.pvs.emplace();
  scope.devices.emplace();
  for (const std::string& operand : arguments.operands()) {
    if (operand.starts_with('@')) {
      std::string tag = operand.substr(1);
      for (const world::VgView& view : session.world().vgs)
        for (const model::Pv& pv : view.vg->pvs)
          if (has_tag(pv.tags, tag) || has_tag(view.vg->tags, tag)) scope.pvs->push_back(pv.id);
      continue;
    }
    if (const world::PvDevice* pv = session.world().find_pv(operand)) {
      if (pv->duplicate)
        scope.devices->push_back(pv->device.path);
      else
        scope.pvs->push_back(pv->id);
      continue;
    }
    const device::Device* device = session.world().find_device(operand);
    if (device && arguments.has(Opt::all)) {
      scope.devices->push_back(device->path);
      continue;
    }
    session.messages().error(device ? fmt::format("Failed to find physical volume \"{}\".", operand)
                                    : fmt::format("Cannot use {}: device not found", operand));
    status = ExitStatus::failed;
  }
  return scope;
}

}  // namespace

Result<ReadScope> read_scope(Session& session, report::Kind kind) {
  const Arguments& arguments = session.arguments();
  Operands operands;
  if (kind != report::Kind::pv) operands = TRY(read_operands(arguments, kind));
  TRY(session.read_for_report(operands.vgs));
  ReadScope out;
  out.status = say_missing_vgs(session, operands.vgs);
  out.status = worst(out.status, say_unusable_vgs(session, !operands.vgs.empty()));
  switch (kind) {
    case report::Kind::vg: out.scope = vg_scope(session, operands); break;
    case report::Kind::pv: out.scope = pv_scope(session, out.status); break;
    default: out.scope = lv_scope(session, operands, out.status); break;
  }
  out.scope.all = arguments.has(Opt::all);
  out.scope.foreign = arguments.has(Opt::foreign);
  for (const world::VgView& view : session.world().vgs) {
    bool named = std::find(operands.vgs.begin(), operands.vgs.end(), view.vg->name) != operands.vgs.end();
    if (!named || !view.vg->exported()) continue;
    session.messages().error(fmt::format("Volume group {} is exported", view.vg->name));
    out.status = ExitStatus::failed;
  }
  return out;
}

}  // namespace lvm::cli
