// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "plan/context.h"

// What a thin pool in the kernel has to be told. A message is first queued in the metadata, with the pool's next
// transaction id; then sent; then taken out of the metadata. So an interrupted command is completed by whoever
// activates the pool next.
namespace lvm::plan {

// `pool` is a thin pool of the VG to be.
void queue_thin_message(model::Lv& pool, model::ThinMessage message);

// Steps that send what is queued in `vg`, and that end the transaction. A pool that is not live comes up for it and
// goes down again.
Result<std::vector<step::Step>> send_thin_messages(const Context& context, const world::VgView& view,
                                                   const model::Vg& vg, LvId pool);

}  // namespace lvm::plan
