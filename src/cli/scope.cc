// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/candidates.h"
#include "cli/operands.h"
#include "metadata/history.h"

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
    Messages& messages = session.messages();
    Messages::Object before = messages.set_object({.type = "vg", .name = name});
    messages.error(fmt::format("Volume group \"{}\" not found", name));
    messages.error(fmt::format("Cannot process volume group {}", name));
    status = ExitStatus::failed;
    if (messages.logging()) messages.log_status(messages.object(), static_cast<int>(status));
    messages.set_object(std::move(before));
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
    if (view.foreign && view.vg->shared()) {
      if (!named) continue;
      session.messages().error(fmt::format("Cannot access VG {} with lock type {} that requires lvmlockd.",
                                           view.vg->name, view.vg->lock_type));
      status = ExitStatus::failed;
      continue;
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

bool is_remembered(const model::Vg& vg, std::string_view name) {
  return name.starts_with('-') && metadata::find_historical(metadata::read_history(vg.historical), name) != nullptr;
}

// Volumes that are gone: named as "-name", or all of a VG.
void add_gone(const world::World& world, const Operands& operands, std::vector<LvId>& out) {
  for (const world::VgView& view : world.vgs)
    for (const metadata::HistoricalLv& gone : metadata::read_history(view.vg->historical))
      if (std::ranges::any_of(operands.lvs, [&](const LvName& name) {
            return name.vg == view.vg->name && (name.lv.empty() || name.lv == "-" + gone.name);
          }))
        out.push_back(gone.id);
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
  if (session.arguments().has(Opt::history)) add_gone(session.world(), operands, *scope.lvs);
  for (const LvName& name : operands.lvs) {
    const world::VgView* view = session.world().find_vg(name.vg);
    if (!view || name.lv.empty() || view->vg->find_lv(name.lv)) continue;
    if (session.arguments().has(Opt::history) && is_remembered(*view->vg, name.lv)) continue;
    Messages& messages = session.messages();
    Messages::Object before =
        messages.set_object({.type = "lv", .name = name.lv, .group = name.vg, .group_id = view->vg->id.dashed()});
    messages.error(fmt::format("Failed to find logical volume \"{}/{}\"", name.vg, name.lv));
    status = ExitStatus::failed;
    if (messages.logging()) messages.log_status(messages.object(), static_cast<int>(status));
    messages.set_object(std::move(before));
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
    session.messages().error(why_no_pv(session.world(), operand));
    status = ExitStatus::failed;
  }
  return scope;
}

// What was read well, for the command log.
void log_statuses(Session& session, report::Kind kind, const report::Scope& scope, ExitStatus status) {
  Messages& messages = session.messages();
  if (!messages.logging()) return;
  const world::World& world = session.world();
  auto chosen = [](const auto& list, const auto& id) { return !list || std::ranges::find(*list, id) != list->end(); };
  bool narrow = kind == report::Kind::lv ? scope.lvs.has_value() : scope.pvs.has_value();
  for (const world::VgView& view : world.vgs) {
    if (!chosen(scope.vgs, view.vg->id)) continue;
    std::string vg_id = view.vg->id.dashed();
    bool any = false;
    if (kind == report::Kind::lv)
      for (const model::Lv& lv : view.vg->lvs) {
        if (scope.lvs ? !chosen(scope.lvs, lv.id) : !lv.visible() && !scope.all) continue;
        messages.log_status({"lv", lv.name, lv.id.dashed(), view.vg->name, vg_id}, 0);
        any = true;
      }
    if (kind == report::Kind::pv)
      for (const auto& device : view.devices) {
        if (!device || !chosen(scope.pvs, world.pvs[*device].id)) continue;
        const world::PvDevice& pv = world.pvs[*device];
        messages.log_status({"pv", pv.device.path, pv.id.dashed(), view.vg->name, vg_id}, 0);
        any = true;
      }
    bool named = std::ranges::any_of(session.arguments().operands(), [&](const std::string& operand) {
      return operand == view.vg->name || operand.starts_with(view.vg->name + "/");
    });
    if (!narrow || any || named)
      messages.log_status({"vg", view.vg->name, vg_id, {}, {}}, named ? static_cast<int>(status) : 0);
  }
  if (kind != report::Kind::pv) return;
  for (const world::PvDevice& pv : world.pvs)
    if (!pv.vg_id && !pv.duplicate && chosen(scope.pvs, pv.id))
      messages.log_status({"pv", pv.device.path, pv.id.dashed(), {}, {}}, 0);
  if (!narrow) messages.log_status({"orphan", "lvm2", {}, {}, {}}, 0);
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
  out.scope.history = arguments.has(Opt::history);
  out.scope.foreign = arguments.has(Opt::foreign);
  for (const world::VgView& view : session.world().vgs) {
    bool named = std::find(operands.vgs.begin(), operands.vgs.end(), view.vg->name) != operands.vgs.end();
    // VGs and PVs are shown as exported; volumes of such a VG are not there.
    if (!named || !view.vg->exported() || kind != report::Kind::lv) continue;
    session.messages().error(fmt::format("Volume group {} is exported", view.vg->name));
    out.status = ExitStatus::failed;
  }
  log_statuses(session, kind, out.scope, out.status);
  return out;
}

}  // namespace lvm::cli
