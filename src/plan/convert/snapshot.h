// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "plan/context.h"

// What lvconvert does with copy-on-write snapshots.
namespace lvm::plan::convert {

// --splitsnapshot: the store becomes a volume of its own, with what is in it.
Result<step::Plan> split_snapshot(const Context& context, const world::VgView& view, LvId store);

// --type snapshot ORIGIN STORE: a volume becomes the store of a snapshot; its content is lost, or is taken for that of
// an earlier snapshot when it is not zeroed.
struct CombineRequest {
  LvId origin, store;
  std::optional<Sectors> chunk_size;
  bool zero = true;
};
Result<step::Plan> combine_snapshot(const Context& context, const world::VgView& view, const CombineRequest& request);

// --merge: at once when neither the origin nor the snapshot is in use; else when the origin comes up next.
Result<step::Plan> merge_snapshot(const Context& context, const world::VgView& view, LvId store);

// A snapshot that the kernel has merged goes. `quiet`: nothing is said.
Result<step::Plan> finish_merge(const Context& context, const world::VgView& view, LvId store, bool quiet = false);

// The stores of snapshots that are to be merged into this origin.
std::vector<LvId> merging_stores(const model::Vg& vg, LvId origin);

}  // namespace lvm::plan::convert
