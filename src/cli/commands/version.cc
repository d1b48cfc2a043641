// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/dispatch.h"
#include "cli/session.h"

namespace lvm::cli {

ExitStatus run_version(Session& session, const Arguments&) {
  const auto driver = session.system().dm.driver_version();
  session.messages().print_always(version_text(driver ? *driver : std::string()));
  return ExitStatus::ok;
}

}  // namespace lvm::cli
