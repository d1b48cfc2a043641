// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"

// lvconvert --merge, and what becomes of merges that the kernel works at.
namespace lvm::cli::convert {

ExitStatus run_merge(Session& session);

// What activation starts or finds done: merges into these volumes of the VG. Those that were put off until now are
// made or begun by it; the ones that the kernel has finished are taken out of the metadata, which is waited for a
// moment only.
ExitStatus before_activation(Session& session, const world::VgView& view, const std::vector<LvId>& lvs);
ExitStatus after_activation(Session& session, VgId vg, const std::vector<LvId>& lvs);

}  // namespace lvm::cli::convert
