// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>

#include "plan/context.h"

namespace lvm::plan {

// How the devices file knows the devices of PVs.
using DeviceIdsRequest = std::map<PvId, device::DeviceId>;

// Writes those ids down in the VG. Like LVM2 it writes in any case: its PVs then all have what the devices file says.
Result<step::Plan> vg_device_ids(const Context& context, const world::VgView& view, const DeviceIdsRequest& request);

}  // namespace lvm::plan
