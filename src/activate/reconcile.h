// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "activate/activate.h"

namespace lvm::activate {

// Whether a device of the VG is as an interrupted command leaves it. Looks at no tables, so every change can ask.
bool troubled(const world::World& world, const model::Vg& vg);

// Steps that bring the volumes that are up in line with the metadata: tables loaded anew where they differ, inner
// devices made that they lack. For a VG in trouble whose suspended devices have been resumed (recover()); needs the
// live tables. What nothing stands on any more afterwards is recover()'s again.
std::vector<step::Step> reconcile(const world::World& world, const world::VgView& view, const config::Config& config);

}  // namespace lvm::activate
