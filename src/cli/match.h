// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "cli/arguments.h"
#include "cli/parse.h"

namespace lvm::cli {

// Which form of the command fits what was given; or why none does.
std::variant<const Form*, Refusal> match_form(const CommandRow& command, std::span<const Given> given,
                                              std::span<const std::string> operands, bool default_vg);

}  // namespace lvm::cli
