// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/session.h"
#include "scan/scan.h"

// formats, tags and systemid: one fact each.
namespace lvm::cli {

ExitStatus run_formats(Session& session, const Arguments&) {
  session.messages().print_always("lvm2");
  return ExitStatus::ok;
}

ExitStatus run_tags(Session& session, const Arguments&) {
  for (const std::string& tag : session.config().host_tags()) session.messages().print_always(tag);
  return ExitStatus::ok;
}

ExitStatus run_systemid(Session& session, const Arguments&) {
  auto host = scan::host(session.system(), session.config());
  if (!host) return session.refuse(host.error());
  session.messages().print_always(fmt::format("system ID: {}", host->system_id));
  return ExitStatus::ok;
}

}  // namespace lvm::cli
