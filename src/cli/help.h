// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

// Texts made from the rows.
namespace lvm::cli {

// `CMD --help`; `full` is --longhelp: hidden forms and what every option means.
std::string command_help(const CommandRow& command, bool full);
// `lvm help`: the commands and their summaries.
std::string command_list();
// One usage line: "lvextend -L|--size [+]Size[m|UNIT] LV".
std::string usage_line(const CommandRow& command, const Form& form);
// "-L|--size [+]Size[m|UNIT]".
std::string use_text(const Use& use);
// "VG|LV|Tag ...".
std::string position_text(const Position& position);

// Every option of the command that is shown, sorted by name, each once.
std::vector<Use> shown_options(const CommandRow& command);

// The page NAME.8 in man(7) macros, and the page of lvm itself.
std::string man_page(const CommandRow& command);
std::string lvm_man_page();
// lvm.conf.5.
std::string conf_man_page();
std::string bash_completion();
std::string zsh_completion();

}  // namespace lvm::cli
