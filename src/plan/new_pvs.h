// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "plan/context.h"
#include "plan/pv_create.h"

namespace lvm::plan {

// The part that pvcreate, vgcreate and vgextend share: what must happen for a device to become a PV.
struct NewPv {
  PvId id;
  step::PvLayout layout;
  device::Device device;
  std::vector<step::Step> steps;          // wipe what is there, write the label
  std::vector<step::Question> questions;  // about what would be lost
};

// Refuses devices that carry a copy of another's PV.
Result<> check_unique(const Context& context, const PvCandidate& candidate);

// Refuses devices that are in use, mounted, too small or filtered, with LVM's words.
Result<NewPv> new_pv(const Context& context, const PvCandidate& candidate, const PvCreateOptions& options);

}  // namespace lvm::plan
