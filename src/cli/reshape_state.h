// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "cli/session.h"

namespace lvm::cli {

// Raids of the VG that are down, whose text tells the kernel to begin a reshape of their stripes, while the superblocks
// of their images say that it has begun or is done: the command that began it did not get to its last text, and the
// machine went down. Reads one superblock for each such raid; there are none but then.
std::vector<LvId> begun_reshapes(Session& session, const world::VgView& view);

}  // namespace lvm::cli
