// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "cli/command.h"

// Texts made from the rows.
namespace lvm::cli {

// `CMD --help`; `full` is --longhelp.
std::string command_help(const CommandRow& command, bool full);
// `lvm help`: the commands and their summaries.
std::string command_list();
// One usage line: "lvextend -L|--size [+]Size[m|UNIT] LV".
std::string usage_line(const CommandRow& command, const Form& form);
// "-L|--size [+]Size[m|UNIT]".
std::string use_text(const Use& use);
std::string position_text(const Position& position);

// CMD.8 in man(7) macros.
std::string man_page(const CommandRow& command);
std::string bash_completion();
std::string zsh_completion();

}  // namespace lvm::cli
