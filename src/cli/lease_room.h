// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "cli/session.h"

namespace lvm::cli {

// Before LVs are made in a VG that sanlock locks: when its volume of leases is full it grows by
// global/sanlock_lv_extend.
Result<> make_lease_room(Session& session, const std::string& vg_name);

// Another host may have made the volume of leases longer. Before locks of LVs are asked for it is as long here.
ExitStatus follow_lease_volume(Session& session, const world::VgView& view);

}  // namespace lvm::cli
