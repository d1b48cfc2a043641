// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>

#include "plan/context.h"

namespace lvm::plan {

// The hidden LV with the leases of a VG that sanlock locks.
inline constexpr std::string_view kLeaseVolume = "lvmlock";
const model::Lv* lease_volume(const model::Vg& vg);

// From now on these are the VG's locks; an empty type: none, the VG is this host's.
struct VgLockRequest {
  std::string type, args;
  std::map<LvId, std::string> lv_args;
  bool quiet = false;   // the caller says what was done
  bool forced = false;  // also a VG that cannot be locked
};
Result<step::Plan> vg_set_lock(const Context& context, const world::VgView& view, const VgLockRequest& request);

// Makes the VG's lease volume and brings it up, or makes it longer.
Result<step::Plan> lease_volume_create(const Context& context, const world::VgView& view, Bytes size);
Result<step::Plan> lease_volume_extend(const Context& context, const world::VgView& view, Bytes by);

}  // namespace lvm::plan
