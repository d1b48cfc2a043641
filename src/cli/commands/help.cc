// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/help.h"

#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/session.h"

namespace lvm::cli {

ExitStatus run_help(Session& session, const Arguments& arguments) {
  Messages& messages = session.messages();
  if (arguments.operands().empty()) {
    messages.plain(command_list());
    return ExitStatus::ok;
  }
  ExitStatus status = ExitStatus::ok;
  for (const std::string& name : arguments.operands()) {
    if (const CommandRow* command = find_command(name)) {
      messages.plain(command_help(*command, false));
    } else {
      messages.error(fmt::format("{}: no such command.", name));
      status = ExitStatus::usage;
    }
  }
  return status;
}

}  // namespace lvm::cli
