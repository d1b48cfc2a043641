// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "activate/activate.h"

// Component LVs: hidden parts of volumes. While the volume is down, one may come up by itself, read-only and with a
// path of its own (Options::component), to be looked at or copied: the metadata of a pool, an image of a mirror.
namespace lvm::activate {

// Whether the LV is one: what others lie on and what has a device. Not the spare of pools' metadata, nor a cache pool.
bool is_component(const model::Relations& relations, const model::Lv& lv);

// The component of `lv` that is up by itself; null: none.
const model::Lv* component_up(const world::World& world, const model::Relations& relations, const model::Lv& lv);

// Either comes up only while the other is down: the component, and what is written through it.
Result<> check_components(const world::World& world, const model::Relations& relations, const model::Lv& lv,
                          const Options& options);

}  // namespace lvm::activate
