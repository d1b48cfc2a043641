// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/block_sizes.h"
#include "plan/context.h"
#include "plan/pool_options.h"

// Chunk size and metadata of pools, as LVM chooses them, and the limits of both.
namespace lvm::plan {

struct PoolSizes {
  Sectors chunk;
  Extents metadata;
};

// "Thin pool chunk size 32.00 KiB is not in the range ...": what can be refused before anything is read. Every problem
// is a line.
Result<> check_thin_chunk(const Context& context, Sectors chunk);
Result<> check_cache_chunk(const Context& context, Sectors chunk);

// For a pool with `data` extents. A metadata block describes as many chunks as the kernel's format gives it: 64 bytes
// a chunk. The chunk grows before the metadata does, unless either is given.
Result<PoolSizes> thin_pool_sizes(const Context& context, const model::Vg& vg, Extents data,
                                  const PoolOptions& options);
// A chunk that nobody gave is as large as the I/O that suits the PVs of the data, as far as they say (the policy in
// allocation/thin_pool_chunk_size_policy decides which size that is). Known once the data has its place.
Sectors suited_thin_chunk(const Context& context, const model::Vg& vg, const model::Lv& data,
                          const PoolOptions& options, const BlockFacts& facts, Sectors chunk);
// 4 MiB and 44 bytes a chunk; a limited number of chunks.
Result<PoolSizes> cache_pool_sizes(const Context& context, const model::Vg& vg, Extents data,
                                   const PoolOptions& options);
// The same for a cache volume; the metadata profile of its VG is about pools only.
Result<PoolSizes> cache_volume_sizes(const Context& context, const model::Vg& vg, const model::Lv& volume,
                                     const PoolOptions& options);

// The chunk size of caches that the options, else the settings ask for; none: it is chosen.
std::optional<Sectors> given_cache_chunk(const config::Config& config, const PoolOptions& options);

// The most that metadata of a thin pool may have: what the kernel uses of it.
Sectors largest_thin_metadata(const config::Config& config);

// What is said of a thin pool's chunk before it is made.
Result<> announce_thin_pool(const Context& context, const model::Vg& vg, Extents data, Sectors chunk, bool zero);

}  // namespace lvm::plan
