// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/kinds/vdo.h"

#include "base/size_units.h"
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
Sectors of_mib(std::uint32_t count) { return Sectors(std::uint64_t{count} << 11); }
void size(const Row& row, std::uint32_t VdoPool::* member, Value& out) {
  if (const auto* pool = pool_of(row)) out.set_size(of_mib(pool->*member));
}

// Blocks of 4 KiB.
Sectors used_size(const VdoStatus& status) { return Sectors(status.blocks.used * 8); }
std::string_view policy_name(const VdoPool& pool) {
  return pool.write_policy.empty() ? std::string_view("auto") : pool.write_policy;
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

// What is not known is not told: how much space is saved, of the status that the target gives.
void vdo_pool_head(const Row& row, std::string& out) {
  line(out, "LV VDO Pool data       {}", plain_name(row, body_of<VdoPool>(row)->data));
  const auto* found = status(row);
  if (found == nullptr) return;
  line(out, "LV VDO Pool usage      {}%", share_text(found->blocks.used, found->blocks.total));
  line(out, "LV VDO Operating mode  {}", found->mode);
  line(out, "LV VDO Index state     {}", found->index_state);
  line(out, "LV VDO Compression st  {}", found->compression);
  line(out, "LV VDO Used size       {}", row.common().settings->units.long_text(used_size(*found)));
}

void vdo_head(const Row& row, std::string& out) {
  line(out, "LV VDO Pool name       {}", plain_name(row, body_of<Vdo>(row)->pool));
}

void vdo_pool_map(const Row& row, const model::Segment& segment, std::string& out) {
  const auto& pool = std::get<VdoPool>(segment.body);
  const auto yes_no = [](bool value) { return value ? "yes" : "no"; };
  const auto text = [&](Sectors size) { return row.common().settings->units.long_text(size); };
  line(out, "  Monitoring\t\t");
  line(out, "  Virtual size\t{}", text(row.vg().size_of(pool.virtual_extents) + pool.header_size * 2));
  line(out, "  Header size\t\t{}", text(pool.header_size));
  line(out, "  Compression\t\t{}", yes_no(pool.use_compression));
  line(out, "  Deduplication\t{}", yes_no(pool.use_deduplication));
  line(out, "  Metadata hints\t{}", yes_no(pool.use_metadata_hints));
  line(out, "  Minimum IO size\t{}", text(to_sectors_ceil(Bytes(pool.minimum_io_size))));
  line(out, "  Block map cache sz\t{}", text(of_mib(pool.block_map_cache_size_mb)));
  line(out, "  Block map era length\t{}", pool.block_map_era_length);
  line(out, "  Sparse index\t{}", yes_no(pool.use_sparse_index));
  line(out, "  Index memory size\t{}", text(of_mib(pool.index_memory_size_mb)));
  line(out, "  Slab size\t\t{}", text(of_mib(pool.slab_size_mb)));
  line(out, "  # Ack threads\t{}", pool.ack_threads);
  line(out, "  # Bio threads\t{}", pool.bio_threads);
  line(out, "  Bio rotation\t{}", pool.bio_rotation);
  line(out, "  # CPU threads\t{}", pool.cpu_threads);
  line(out, "  # Hash zone threads\t{}", pool.hash_zone_threads);
  line(out, "  # Logical threads\t{}", pool.logical_threads);
  line(out, "  # Physical threads\t{}", pool.physical_threads);
  line(out, "  Max discard\t{}", pool.max_discard);
  line(out, "  Write policy\t{}", policy_name(pool));
}

void vdo_map(const Row& row, const model::Segment& segment, std::string& out) {
  const auto& vdo = std::get<Vdo>(segment.body);
  line(out, "    Logical volume\t{}", plain_name(row, vdo.pool));
  line(out, "    Logical extents\t{} to {}", vdo.offset.n, vdo.offset.n + segment.count.n - 1);
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
void vdo_used_size(const Row& row, Value& out) {
  if (const auto* found = status(row)) out.set_size(used_size(*found));
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
  if (const auto* pool = pool_of(row)) out.set_text(policy_name(*pool));
}
void vdo_header(const Row& row, Value& out) {
  if (const auto* pool = pool_of(row)) out.set_size(pool->header_size);
}

}  // namespace lvm::report::kinds
