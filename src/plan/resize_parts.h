// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "model/relations.h"
#include "plan/context.h"

// Which part of a volume of several layers it is that grows or shrinks, and what follows for the others.
namespace lvm::plan {

// The LV whose extents are the volume's size: a pool's data, a cached volume's origin, through all layers.
LvId resized_part(const model::Vg& vg, LvId lv);

// The metadata of a pool, or none.
LvId pool_metadata(const model::Lv& lv);

// Every LV that is as long as one of its parts has that one's length again.
void spread_size(model::Vg& vg, LvId part);

// The LV that the user knows the part by: a pool for its data. Metadata goes by its own name.
const model::Lv& face_of_part(const model::Relations& relations, LvId part);

// The data of VDO pools grows by a slab at least; other volumes as little as one likes.
Extents least_growth(const model::Relations& relations, const model::Lv& part);

// Pools do not become smaller; hidden LVs of other kinds are not resized by themselves.
Result<> check_part(const model::Relations& relations, const model::Lv& named, const model::Lv& part, bool smaller);

}  // namespace lvm::plan
