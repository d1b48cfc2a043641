// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/arguments.h"

namespace lvm::cli {

// Why a command line cannot run: what goes to stderr, and the status to end with.
struct Refusal {
  std::vector<std::string> lines;   // messages, without the two blanks in front
  std::vector<std::string> syntax;  // lines for stdout: the form that was probably meant
  ExitStatus status = ExitStatus::usage;
};

// --help and --longhelp win over everything that may be wrong with the rest.
struct HelpWanted {
  const CommandRow* command = nullptr;
  bool full = false;
};
struct VersionWanted {};

using Parsed = std::variant<Arguments, Refusal, HelpWanted, VersionWanted>;

// `words` are those after the command's name. `default_vg`: LVM_VG_NAME is set.
Parsed parse(const CommandRow& command, std::span<const std::string> words, bool default_vg = false);

// Splits a line of the shell or of a script into words. Quotes of either kind group; a backslash is a
// character like any other (regular expressions are full of them).
std::vector<std::string> split_words(std::string_view line);

}  // namespace lvm::cli
