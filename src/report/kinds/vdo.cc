// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/kinds/vdo.h"

#include "report/kinds/support.h"

namespace lvm::report::kinds {
namespace {

using dm::VdoStatus;
using model::Role;
using model::Vdo;
using model::VdoPool;

// The target stands in a layer of the pool, and serves it as well as its volume. The pool's own device may be down.
const VdoStatus* status(const Row& row) {
  const auto* vdo = body_of<Vdo>(row);
  for (const LvEntry& entry : row.source->lvs())
    if (entry.lv->id == (vdo == nullptr ? row.lv->lv->id : vdo->pool))
      return status_in<VdoStatus>(row.source->layer(entry, "vpool"));
  return nullptr;
}

// The settings of a pool's segment; for a volume's, of its pool.
const VdoPool* pool_of(const Row& row) {
  if (const auto* pool = segment_body<VdoPool>(row)) return pool;
  const auto* vdo = segment_body<Vdo>(row);
  const model::Lv* lv = vdo == nullptr ? nullptr : row.source->lv(vdo->pool);
  return lv == nullptr ? nullptr : body_of<VdoPool>(*lv);
}

void flag(const Row& row, bool VdoPool::* member, Value& out) {
  if (const auto* pool = pool_of(row)) out.set_flag(pool->*member);
}
void number(const Row& row, std::uint32_t VdoPool::* member, Value& out) {
  if (const auto* pool = pool_of(row)) out.set_number(pool->*member);
}
// Kept in MiB.
void size(const Row& row, std::uint32_t VdoPool::* member, Value& out) {
  if (const auto* pool = pool_of(row)) out.set_size(Sectors(std::uint64_t{pool->*member} << 11));
}

}  // namespace

Letter vdo_pool_type(const Row&) { return {'d', TypeRank::vdo}; }
Letter vdo_type(const Row&) { return {'v', TypeRank::virtual_volume}; }
Letter vdo_target(const Row&) { return {'v', TargetRank::virtual_volume}; }

void vdo_pool_layout(const Row&, Value& out) {
  out.add_item("vdo");
  out.add_item("pool");
}
void vdo_layout(const Row&, Value& out) {
  out.add_item("vdo");
  out.add_item("sparse");
}

Letter vdo_pool_part_type(const Row&, const LvUser&) { return {'D', TypeRank::vdo}; }
void vdo_pool_part_roles(const Row&, const LvUser&, Value& out) {
  out.add_item("vdo");
  out.add_item("pool");
  out.add_item("data");
}

void vdo_pool_data_lv(const Row& row, Value& out) { set_name(row, body_of<VdoPool>(row)->data, out); }
void vdo_pool_data_uuid(const Row& row, Value& out) { set_uuid(body_of<VdoPool>(row)->data, out); }
void vdo_pool_percent(const Row& row, Value& out) {
  if (const auto* found = status(row)) set_share(out, found->blocks.used, found->blocks.total);
}
void vdo_pool_lv(const Row& row, Value& out) { set_name(row, body_of<Vdo>(row)->pool, out); }
void vdo_pool_uuid(const Row& row, Value& out) { set_uuid(body_of<Vdo>(row)->pool, out); }

void vdo_mode(const Row& row, Value& out) {
  if (const auto* found = status(row)) out.set_text(found->mode);
}
void vdo_compression_state(const Row& row, Value& out) {
  if (const auto* found = status(row)) out.set_text(found->compression);
}
void vdo_index_state(const Row& row, Value& out) {
  if (const auto* found = status(row)) out.set_text(found->index_state);
}
// 4 KiB each.
void vdo_used_size(const Row& row, Value& out) {
  if (const auto* found = status(row)) out.set_size(Sectors(found->blocks.used * 8));
}

void vdo_compression(const Row& row, Value& out) { flag(row, &VdoPool::use_compression, out); }
void vdo_deduplication(const Row& row, Value& out) { flag(row, &VdoPool::use_deduplication, out); }
void vdo_hints(const Row& row, Value& out) { flag(row, &VdoPool::use_metadata_hints, out); }
void vdo_sparse_index(const Row& row, Value& out) { flag(row, &VdoPool::use_sparse_index, out); }
void vdo_minimum_io(const Row& row, Value& out) {
  if (const auto* pool = pool_of(row)) out.set_size(to_sectors_ceil(Bytes(pool->minimum_io_size)));
}
void vdo_block_map_cache(const Row& row, Value& out) { size(row, &VdoPool::block_map_cache_size_mb, out); }
void vdo_era(const Row& row, Value& out) { number(row, &VdoPool::block_map_era_length, out); }
void vdo_index_memory(const Row& row, Value& out) { size(row, &VdoPool::index_memory_size_mb, out); }
void vdo_slab(const Row& row, Value& out) { size(row, &VdoPool::slab_size_mb, out); }
void vdo_ack(const Row& row, Value& out) { number(row, &VdoPool::ack_threads, out); }
void vdo_bio(const Row& row, Value& out) { number(row, &VdoPool::bio_threads, out); }
void vdo_rotation(const Row& row, Value& out) { number(row, &VdoPool::bio_rotation, out); }
void vdo_cpu(const Row& row, Value& out) { number(row, &VdoPool::cpu_threads, out); }
void vdo_hash(const Row& row, Value& out) { number(row, &VdoPool::hash_zone_threads, out); }
void vdo_logical(const Row& row, Value& out) { number(row, &VdoPool::logical_threads, out); }
void vdo_physical(const Row& row, Value& out) { number(row, &VdoPool::physical_threads, out); }
void vdo_discard(const Row& row, Value& out) { number(row, &VdoPool::max_discard, out); }
void vdo_policy(const Row& row, Value& out) {
  const auto* pool = pool_of(row);
  if (pool != nullptr) out.set_text(pool->write_policy.empty() ? std::string_view("auto") : pool->write_policy);
}
void vdo_header(const Row& row, Value& out) {
  if (const auto* pool = pool_of(row)) out.set_size(pool->header_size);
}

}  // namespace lvm::report::kinds
