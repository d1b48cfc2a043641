// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "report/kind_report.h"

// VDO pools and volumes.
namespace lvm::report {
namespace kinds {

Letter vdo_pool_type(const Row& row);
Letter vdo_type(const Row& row);
Letter vdo_target(const Row& row);
void vdo_pool_layout(const Row& row, Value& out);
void vdo_layout(const Row& row, Value& out);
Letter vdo_pool_part_type(const Row& row, const LvUser& use);
void vdo_pool_part_roles(const Row& row, const LvUser& use, Value& out);
void vdo_pool_head(const Row& row, std::string& out);
void vdo_head(const Row& row, std::string& out);
void vdo_pool_map(const Row& row, const model::Segment& segment, std::string& out);
void vdo_map(const Row& row, const model::Segment& segment, std::string& out);
void vdo_pool_data_lv(const Row& row, Value& out);
void vdo_pool_data_uuid(const Row& row, Value& out);
void vdo_pool_percent(const Row& row, Value& out);
void vdo_pool_lv(const Row& row, Value& out);
void vdo_pool_uuid(const Row& row, Value& out);
void vdo_mode(const Row& row, Value& out);
void vdo_compression_state(const Row& row, Value& out);
void vdo_index_state(const Row& row, Value& out);
void vdo_used_size(const Row& row, Value& out);
void vdo_compression(const Row& row, Value& out);
void vdo_deduplication(const Row& row, Value& out);
void vdo_hints(const Row& row, Value& out);
void vdo_minimum_io(const Row& row, Value& out);
void vdo_block_map_cache(const Row& row, Value& out);
void vdo_era(const Row& row, Value& out);
void vdo_sparse_index(const Row& row, Value& out);
void vdo_index_memory(const Row& row, Value& out);
void vdo_slab(const Row& row, Value& out);
void vdo_ack(const Row& row, Value& out);
void vdo_bio(const Row& row, Value& out);
void vdo_rotation(const Row& row, Value& out);
void vdo_cpu(const Row& row, Value& out);
void vdo_hash(const Row& row, Value& out);
void vdo_logical(const Row& row, Value& out);
void vdo_physical(const Row& row, Value& out);
void vdo_discard(const Row& row, Value& out);
void vdo_policy(const Row& row, Value& out);
void vdo_header(const Row& row, Value& out);

inline constexpr KindField kVdoPoolFields[] = {
    {"data_lv", vdo_pool_data_lv},
    {"data_lv_uuid", vdo_pool_data_uuid},
    {"data_percent", vdo_pool_percent},
    {"snap_percent", vdo_pool_percent},
    {"vdo_operating_mode", vdo_mode},
    {"vdo_compression_state", vdo_compression_state},
    {"vdo_index_state", vdo_index_state},
    {"vdo_used_size", vdo_used_size},
    {"vdo_compression", vdo_compression},
    {"vdo_deduplication", vdo_deduplication},
    {"vdo_use_metadata_hints", vdo_hints},
    {"vdo_minimum_io_size", vdo_minimum_io},
    {"vdo_block_map_cache_size", vdo_block_map_cache},
    {"vdo_block_map_era_length", vdo_era},
    {"vdo_use_sparse_index", vdo_sparse_index},
    {"vdo_index_memory_size", vdo_index_memory},
    {"vdo_slab_size", vdo_slab},
    {"vdo_ack_threads", vdo_ack},
    {"vdo_bio_threads", vdo_bio},
    {"vdo_bio_rotation", vdo_rotation},
    {"vdo_cpu_threads", vdo_cpu},
    {"vdo_hash_zone_threads", vdo_hash},
    {"vdo_logical_threads", vdo_logical},
    {"vdo_physical_threads", vdo_physical},
    {"vdo_max_discard", vdo_discard},
    {"vdo_write_policy", vdo_policy},
    {"vdo_header_size", vdo_header},
};
inline constexpr KindField kVdoFields[] = {
    {"pool_lv", vdo_pool_lv},
    {"pool_lv_uuid", vdo_pool_uuid},
    {"vdo_operating_mode", vdo_mode},
    {"vdo_compression_state", vdo_compression_state},
    {"vdo_index_state", vdo_index_state},
    {"vdo_used_size", vdo_used_size},
    {"vdo_compression", vdo_compression},
    {"vdo_deduplication", vdo_deduplication},
    {"vdo_use_metadata_hints", vdo_hints},
    {"vdo_minimum_io_size", vdo_minimum_io},
    {"vdo_block_map_cache_size", vdo_block_map_cache},
    {"vdo_block_map_era_length", vdo_era},
    {"vdo_use_sparse_index", vdo_sparse_index},
    {"vdo_index_memory_size", vdo_index_memory},
    {"vdo_slab_size", vdo_slab},
    {"vdo_ack_threads", vdo_ack},
    {"vdo_bio_threads", vdo_bio},
    {"vdo_bio_rotation", vdo_rotation},
    {"vdo_cpu_threads", vdo_cpu},
    {"vdo_hash_zone_threads", vdo_hash},
    {"vdo_logical_threads", vdo_logical},
    {"vdo_physical_threads", vdo_physical},
    {"vdo_max_discard", vdo_discard},
    {"vdo_write_policy", vdo_policy},
    {"vdo_header_size", vdo_header},
};

}  // namespace kinds

template <>
inline constexpr KindReport kKindReport<model::VdoPool>{.volume_type = kinds::vdo_pool_type,
                                                        .part_volume_type = kinds::vdo_pool_part_type,
                                                        .part_roles = kinds::vdo_pool_part_roles,
                                                        .layout = kinds::vdo_pool_layout,
                                                        .private_role = true,
                                                        .live_layer = "vpool",
                                                        .display_head = kinds::vdo_pool_head,
                                                        .display_map = kinds::vdo_pool_map,
                                                        .fields = kinds::kVdoPoolFields};
template <>
inline constexpr KindReport kKindReport<model::Vdo>{.volume_type = kinds::vdo_type,
                                                    .target_type = kinds::vdo_target,
                                                    .layout = kinds::vdo_layout,
                                                    .virtual_extents = true,
                                                    .display_head = kinds::vdo_head,
                                                    .display_map = kinds::vdo_map,
                                                    .fields = kinds::kVdoFields};

}  // namespace lvm::report
