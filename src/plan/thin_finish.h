// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/context.h"

namespace lvm::plan {

// What an interrupted command had queued for thin pools that are up (thin_messages.h): they hear of it, and nothing is
// queued any more. Nothing when nothing is, or when the VG cannot be written.
Result<step::Plan> finish_thin_messages(const Context& context, const world::VgView& view);

}  // namespace lvm::plan
