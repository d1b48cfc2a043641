// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/messages.h"

namespace lvm::cli {

// `lvm` without arguments: commands from the terminal, or from standard input.
ExitStatus run_shell(Messages& messages);
// `lvm FILE`: a command a line, '#' starts a comment.
ExitStatus run_script(const std::string& path, Messages& messages);

// What the last word of `line` may become: names of commands, then options of the command.
std::vector<std::string> complete(std::string_view line);

}  // namespace lvm::cli
