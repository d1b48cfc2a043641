// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"

// lvconvert --merge, and what becomes of merges that the kernel works at.
namespace lvm::cli::convert {

ExitStatus run_merge(Session& session);

// lvpoll: waits for merges into the volume named on the command line, and takes them out of the metadata.
ExitStatus follow_merges(Session& session);

// Merges into these volumes of the VG that were put off until they are activated.
ExitStatus before_activation(Session& session, const world::VgView& view, const std::vector<LvId>& lvs);
// Merges and copies that the kernel works at: merges are waited for a moment; what takes longer is followed in the
// background. Not with --poll n.
ExitStatus attend_conversions(Session& session, VgId vg, const std::vector<LvId>& lvs);

}  // namespace lvm::cli::convert
