// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/context.h"
#include "plan/pool_options.h"

namespace lvm::plan {

// The segment of a thin pool that is new in the VG, by the options and the configuration, of which the VG's metadata
// profile is a part.
model::ThinPool new_thin_pool(const Context& context, const model::Vg& vg, const PoolOptions& options, LvId data,
                              LvId metadata, Sectors chunk);
bool zeroes_new_blocks(const Context& context, const model::Vg& vg, const PoolOptions& options);

// What belongs to the pool's LV: whether it fails or waits when it is full, and how much of large metadata is used.
void set_pool_flags(const Context& context, const PoolOptions& options, Sectors metadata, model::Lv& pool);

}  // namespace lvm::plan
