// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "cli/session.h"

namespace lvm::cli {

std::vector<LvId> visible_lvs(const model::Vg& vg);

// vgchange -a and pvscan -aay: all volumes of a VG, as --activate and its company say.
ExitStatus activate_vg(Session& session, const world::VgView& view);

}  // namespace lvm::cli
