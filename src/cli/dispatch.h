// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "cli/messages.h"

namespace lvm::cli {

// Called with a command's status while all that it read still stands. A process that lives as long as its command
// ends here: to take millions of values down one by one helps nobody.
using Ending = std::function<void(ExitStatus)>;

// Runs one command line: parses, starts a session, calls the row's function.
ExitStatus run_command(const CommandRow& command, std::span<const std::string> words, Messages& messages,
                       const Ending& ending = {});

// `lvm` and the links to it: argv[0] may name the command.
ExitStatus run_program(std::string_view program, std::span<const std::string> words, Messages& messages,
                       const Ending& ending = {});

// What `lvm version` and --version print. `driver` is empty when the kernel has no device-mapper.
std::string version_text(std::string_view driver);

}  // namespace lvm::cli
