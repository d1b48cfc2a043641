// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "cli/session.h"

namespace lvm::cli {

// Before LVs are made in a VG that sanlock locks: when its volume of leases is full it grows by
// global/sanlock_lv_extend.
Result<> make_lease_room(Session& session, const std::string& vg_name);

}  // namespace lvm::cli
