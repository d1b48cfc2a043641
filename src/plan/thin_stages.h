// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "plan/stages.h"

// Changes of thin volumes that the kernel's pool has to be told: the metadata with what is queued, the pool, the
// metadata without it.
namespace lvm::plan {

struct ThinChange {
  LvId pool;
  LvId origin;         // of a snapshot: its file system rests while the pool hears of it
  LvId up;             // comes up at the end
  LvId made;           // was not there before: goes again when it cannot come up
  std::string report;  // said at the end
};

// `after` has the messages queued (queue_thin_message). A pool that is not up comes up for it, and goes down again
// where nothing stands on it. `between` and `behind` are about other devices of the first change.
Result<> add_thin_stages(Stages& stages, model::Vg after, const ThinChange& change,
                         std::vector<step::Step> between = {}, std::vector<step::Step> behind = {});

// A free device id of the pool; Code::no_space when all are taken.
Result<std::uint32_t> next_thin_id(const model::Vg& vg, LvId pool);

// Says so when the pool's thin volumes, those of `vg`, could come to hold more than the pool does. Without a pool,
// when those of all pools together could.
void warn_of_overprovisioning(const Context& context, const model::Vg& vg, LvId pool);

}  // namespace lvm::plan
