// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "plan/context.h"

// New volumes that become a part of another one hold what was on the disk before: a kernel target would take that for
// its own metadata.
namespace lvm::plan {

// Steps that bring the LV up by itself, do `work` with it and take it down again. One that is up already stays so.
Result<std::vector<step::Step>> work_alone(const Context& context, const world::VgView& view, const model::Vg& vg,
                                           LvId id, std::vector<step::Step> work);
// The same, to zero its first bytes.
Result<std::vector<step::Step>> wipe_alone(const Context& context, const world::VgView& view, const model::Vg& vg,
                                           LvId id, Bytes length);

}  // namespace lvm::plan
