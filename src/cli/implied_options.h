// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/arguments.h"
#include "cli/messages.h"
#include "config/config.h"

namespace lvm::cli {

// Settings that stand for options: global/test, activation/activation_mode and what is left of global/locking_type. The
// command works as if it had been given them. Code::usage: a setting is no value of its option.
Result<> add_implied_options(Arguments& arguments, const config::Config& config, Messages& messages);

}  // namespace lvm::cli
