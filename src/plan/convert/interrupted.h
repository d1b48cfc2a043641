// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/context.h"

namespace lvm::plan::convert {

// The rest of a conversion of this LV that was cut between two texts, so that the next one starts from a volume in
// order: images and metadata that were still to come in, or were taken out already, leave the VG; what has been told to
// be rebuilt no longer counts as that; images are numbered; what a mirror has copied becomes images of it. Empty when
// no conversion was cut.
Result<step::Plan> finish_interrupted(const Context& context, const world::VgView& view, LvId lv);

}  // namespace lvm::plan::convert
