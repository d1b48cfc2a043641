// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/report_options.h"
#include "cli/session.h"
#include "report/report.h"

namespace lvm::cli {

ExitStatus run_lastlog(Session& session, const Arguments& arguments) {
  if (!session.messages().has_log()) return session.refuse(Error(Code::refused, "No log report stored."));
  auto settings = session.report_settings();
  if (!settings) return session.refuse(settings.error());
  report::Request request;
  request.settings = **settings;
  request.log = report_part(arguments, report::Kind::log);
  request.log_entries = &session.messages().log();
  request.log_alone = true;
  auto output = report::render(session.world(), session.config(), request);
  if (!output) return session.refuse_report(output.error());
  session.log_is_shown();
  session.messages().raw(output->text);
  return ExitStatus::ok;
}

}  // namespace lvm::cli
