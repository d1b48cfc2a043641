// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "activate/live.h"
#include "cli/commands/commands.h"
#include "cli/report_options.h"
#include "cli/scope.h"
#include "report/display.h"
#include "report/report.h"

// Commands that only show: what the operands name is read, then printed.
namespace lvm::cli {
namespace {

// The report, with the command log behind it when it is kept.
ExitStatus show_report(Session& session, report::Request& request, ExitStatus status) {
  request.log = report_part(session.arguments(), report::Kind::log, request.log_alone);
  if (session.messages().logging()) request.log_entries = &session.messages().log();
  auto output = report::render(session.world(), session.config(), request);
  if (!output) return session.refuse_report(output.error());
  session.log_is_shown();
  for (const std::string& warning : output->warnings) session.messages().warn(warning);
  session.messages().raw(output->text);
  return status;
}

ExitStatus run_report(Session& session, report::Kind kind) {
  const Arguments& arguments = session.arguments();
  report::Request request;
  if (arguments.has(Opt::logonly))
    request.log_alone = true;
  else
    request.parts.push_back(report_part(arguments, kind));
  request.verbose = arguments.has(Opt::verbose);
  auto settings = session.report_settings();
  if (!settings) return session.refuse(settings.error());
  request.settings = **settings;
  auto read = read_scope(session, kind == report::Kind::segment      ? report::Kind::lv
                                  : kind == report::Kind::pv_segment ? report::Kind::pv
                                                                     : kind);
  if (!read) return session.refuse(read.error());
  request.scope = read->scope;
  return show_report(session, request, read->status);
}

// vgdisplay -A: those of the scope that have an active volume.
std::vector<VgId> active_vgs(Session& session, const report::Scope& scope) {
  std::vector<VgId> out;
  for (const world::VgView& view : session.world().vgs) {
    const bool chosen = !scope.vgs || std::ranges::find(*scope.vgs, view.vg->id) != scope.vgs->end();
    if (chosen && std::ranges::any_of(view.vg->lvs, [&](const model::Lv& lv) {
          return activate::is_up(session.world(), *view.vg, lv);
        }))
      out.push_back(view.vg->id);
  }
  return out;
}

// pvdisplay, vgdisplay and lvdisplay; -C makes them reports.
ExitStatus run_display(Session& session, report::Kind kind,
                       std::string (*display)(const world::World&, const report::DisplayRequest&)) {
  const Arguments& arguments = session.arguments();
  if (arguments.has(Opt::columns)) {
    if (arguments.has(Opt::colon) || arguments.has(Opt::maps) || arguments.has(Opt::short_))
      return session.refuse(Error(Code::usage, "Incompatible options selected"));
    const bool segments = kind == report::Kind::lv && arguments.has(Opt::segments);
    return run_report(session, segments ? report::Kind::segment : kind);
  }
  if (arguments.has(Opt::colon) && arguments.has(Opt::short_))
    return session.refuse(Error(Code::usage, "Option -c is not allowed with option -s"));
  if (arguments.has(Opt::colon) && arguments.has(Opt::maps))
    return session.refuse(Error(Code::usage, kind == report::Kind::lv ? "Options -c and -m are incompatible."
                                                                      : "Option -c not allowed with option -m"));
  report::DisplayRequest request;
  if (arguments.has(Opt::colon)) request.style = report::Style::colons;
  if (arguments.has(Opt::short_)) request.style = report::Style::brief;
  request.maps = arguments.has(Opt::maps);
  request.path_as_name = session.config().flag("global/lvdisplay_shows_full_device_path");
  request.verbose = arguments.has(Opt::verbose);
  auto settings = session.report_settings();
  if (!settings) return session.refuse(settings.error());
  request.settings = **settings;
  auto read = read_scope(session, kind);
  if (!read) return session.refuse(read.error());
  request.scope = read->scope;
  if (arguments.has(Opt::activevolumegroups)) request.scope.vgs = active_vgs(session, request.scope);
  session.messages().raw(display(session.world(), request));
  return read->status;
}

}  // namespace

ExitStatus run_fullreport(Session& session, const Arguments& arguments) {
  report::Request request;
  request.full = true;
  if (arguments.has(Opt::logonly)) {
    request.log_alone = true;
  } else {
    for (const report::Part& part : report::full_parts())
      request.parts.push_back(report_part(arguments, part.kind, false));
  }
  auto settings = session.report_settings();
  if (!settings) return session.refuse(settings.error());
  request.settings = **settings;
  auto read = read_scope(session, report::Kind::vg);
  if (!read) return session.refuse(read.error());
  request.scope = read->scope;
  request.scope.orphans = arguments.operands().empty();
  return show_report(session, request, read->status);
}

ExitStatus run_pvs(Session& session, const Arguments& arguments) {
  return run_report(session, arguments.has(Opt::segments) ? report::Kind::pv_segment : report::Kind::pv);
}
ExitStatus run_vgs(Session& session, const Arguments&) { return run_report(session, report::Kind::vg); }
ExitStatus run_lvs(Session& session, const Arguments& arguments) {
  return run_report(session, arguments.has(Opt::segments) ? report::Kind::segment : report::Kind::lv);
}

ExitStatus run_pvdisplay(Session& session, const Arguments&) {
  return run_display(session, report::Kind::pv, report::display_pvs);
}
ExitStatus run_vgdisplay(Session& session, const Arguments&) {
  return run_display(session, report::Kind::vg, report::display_vgs);
}
ExitStatus run_lvdisplay(Session& session, const Arguments&) {
  return run_display(session, report::Kind::lv, report::display_lvs);
}

}  // namespace lvm::cli
