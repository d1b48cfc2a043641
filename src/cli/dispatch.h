// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "cli/messages.h"

namespace lvm::cli {

// Runs one command line: parses, starts a session, calls the row's function. `name` is a command's.
ExitStatus run_command(const CommandRow& command, std::span<const std::string> words, Messages& messages);

// `lvm` and the links to it: argv[0] may name the command.
ExitStatus run_program(std::string_view program, std::span<const std::string> words, Messages& messages);

// What `lvm version` and --version print. `driver` is empty when the kernel has no device-mapper.
std::string version_text(std::string_view driver);

}  // namespace lvm::cli
