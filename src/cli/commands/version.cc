// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/dispatch.h"
#include "cli/session.h"

namespace lvm::cli {

ExitStatus run_version(Session& session, const Arguments&) {
  const auto driver = session.system().dm.driver_version();
  session.messages().print_always(version_text(driver ? *driver : std::string()));
  const EngineChoice& engine = session.engine();
  session.messages().print_always(fmt::format("Engine:          {}: {}", engine.name, engine.why));
  return ExitStatus::ok;
}

}  // namespace lvm::cli
