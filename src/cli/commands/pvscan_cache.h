// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/session.h"

namespace lvm::cli {

// pvscan with --cache, --listvg or --listlvs.
ExitStatus pvscan_cache(Session& session);

}  // namespace lvm::cli
