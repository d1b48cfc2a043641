// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/relations.h"
#include "plan/context.h"

// How large the store of a copy-on-write snapshot may be. Sectors of 512 bytes throughout.
namespace lvm::plan {

// 4 KiB to 512 KiB, a power of two.
bool is_cow_chunk_size(Sectors chunk);

// The store that holds every chunk of the origin: a header, the chunks, and an area of exceptions before as many
// chunks as one such area describes (docs/formats/snapshot.md). More is never used.
Sectors largest_cow(Sectors origin, Sectors chunk);

// The smallest that the kernel can write an exception to: header, exceptions, one chunk.
Sectors smallest_cow(Sectors chunk);

// The origin of the snapshot whose store `lv` is, or null; the hidden LV between the two, or null.
const model::Lv* origin_of_store(const model::Relations& relations, const model::Lv& lv);
const model::Lv* holder_of_store(const model::Relations& relations, const model::Lv& lv);
bool has_cow_snapshots(const model::Relations& relations, const model::Lv& lv);

// What a resize to `wanted` comes to for an LV that is a snapshot or has some: a store stops where it would be of no
// more use; an origin cannot change its size under its snapshots, nor become smaller.
Result<Extents> resize_of_snapshots(const Context& context, const model::Relations& relations, const model::Lv& lv,
                                    Extents wanted);

}  // namespace lvm::plan
