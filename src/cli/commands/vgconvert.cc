// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/session.h"

namespace lvm::cli {

ExitStatus run_vgconvert(Session& session, const Arguments&) {
  session.messages().error("The vgconvert command has been removed along with the lvm1 format.");
  session.messages().error("Use a previous version of lvm to convert the lvm1 format to lvm2.");
  return ExitStatus::failed;
}

}  // namespace lvm::cli
