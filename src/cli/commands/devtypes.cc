// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/report_options.h"
#include "cli/session.h"
#include "report/device_types.h"
#include "report/report.h"

namespace lvm::cli {

ExitStatus run_devtypes(Session& session, const Arguments& arguments) {
  auto settings = session.report_settings();
  if (!settings) return session.refuse(settings.error());
  auto output = report::render(report::device_types(), session.config(),
                               report_part(arguments, report::Kind::device_type), **settings);
  if (!output) return session.refuse_report(output.error());
  session.log_is_shown();
  for (const std::string& warning : output->warnings) session.messages().warn(warning);
  session.messages().raw(output->text);
  return ExitStatus::ok;
}

}  // namespace lvm::cli
