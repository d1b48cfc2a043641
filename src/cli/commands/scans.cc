// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "activate/activate.h"
#include "activate/live.h"
#include "cli/commands/commands.h"
#include "cli/commands/pvscan_cache.h"
#include "cli/forms.h"
#include "cli/scope.h"
#include "plan/lv_change.h"
#include "report/display.h"

// pvscan, vgscan and lvscan.
namespace lvm::cli {
namespace {

// vgscan --mknodes: nodes and links of what is live.
ExitStatus make_nodes(Session& session) {
  std::vector<std::pair<std::string, dm::NodeLink>> wanted;
  for (const world::VgView& view : session.world().vgs)
    for (const model::Lv& lv : view.vg->lvs)
      if (lv.visible()) wanted.push_back({activate::top_uuid(*view.vg, lv), {view.vg->name, lv.name}});
  auto made = session.system().dm.sync_nodes(wanted);
  return made ? ExitStatus::ok : session.refuse(made.error());
}

}  // namespace

ExitStatus run_pvscan(Session& session, const Arguments& arguments) {
  if (arguments.form_id() != form::pvscan::show) return pvscan_cache(session);
  report::PvScanRequest request;
  request.brief = arguments.has(Opt::short_);
  request.uuids = arguments.has(Opt::uuid);
  request.orphans_only = arguments.has(Opt::novolumegroup);
  request.exported_only = arguments.has(Opt::exported);
  auto settings = session.report_settings();
  if (!settings) return session.refuse(settings.error());
  request.settings = **settings;
  if (request.orphans_only) session.messages().warn("WARNING: only considering physical volumes in no volume group");
  if (request.exported_only)
    session.messages().warn("WARNING: only considering physical volumes of exported volume group(s)");
  auto read = read_scope(session, report::Kind::pv);
  if (!read) return session.refuse(read.error());
  request.scope = read->scope;
  session.messages().raw(report::scan_pvs(session.world(), request));
  return read->status;
}

ExitStatus run_vgscan(Session& session, const Arguments& arguments) {
  // Tells lvmdbusd, and does nothing else.
  if (arguments.has(Opt::notifydbus)) return ExitStatus::ok;
  auto read = read_scope(session, report::Kind::vg);
  if (!read) return session.refuse(read.error());
  session.messages().raw(report::scan_vgs(session.world(), read->scope));
  ExitStatus status = read->status;
  if (arguments.has(Opt::mknodes)) status = worst(status, make_nodes(session));
  return status;
}

ExitStatus run_vgmknodes(Session& session, const Arguments& arguments) {
  auto read = read_scope(session, report::Kind::lv);
  if (!read) return session.refuse(read.error());
  ExitStatus status = worst(read->status, make_nodes(session));
  if (!arguments.has(Opt::refresh)) return status;
  for (const world::VgView& view : session.world().vgs) {
    std::vector<LvId> active;
    for (const model::Lv& lv : view.vg->lvs)
      if (lv.visible() && activate::is_up(session.world(), *view.vg, lv)) active.push_back(lv.id);
    if (!active.empty())
      status = worst(status, session.carry_out(plan::lv_refresh(session.context(), view, active, false)));
  }
  return status;
}

ExitStatus run_lvscan(Session& session, const Arguments&) {
  auto settings = session.report_settings();
  if (!settings) return session.refuse(settings.error());
  auto read = read_scope(session, report::Kind::lv);
  if (!read) return session.refuse(read.error());
  session.messages().raw(report::scan_lvs(session.world(), read->scope, **settings));
  return read->status;
}

}  // namespace lvm::cli
