// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/session.h"

namespace lvm::cli::convert {

ExitStatus run_split_snapshot(Session& session);
ExitStatus run_combine_snapshot(Session& session);

}  // namespace lvm::cli::convert
