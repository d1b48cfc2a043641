// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "model/vg.h"

// A snapshot is two LVs: the store, which users see and name, and a hidden one that ties it to its origin. The
// text has it the other way round: VISIBLE stands at the hidden one (until it merges) and not at the store. The
// model knows only what users see.
namespace lvm::metadata {

// After reading: stores are visible unless they merge, what ties them is not.
void show_stores(model::Vg& vg);

// How the text wants each LV, by position in vg.lvs; empty when there are no snapshots.
struct StoredAs {
  bool first_group;  // LVs that users see, and every store, come first
  bool visible;      // the word
};
std::vector<StoredAs> stored_visibility(const model::Vg& vg);

}  // namespace lvm::metadata
