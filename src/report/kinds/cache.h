// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "report/kind_report.h"

// Cache pools, cached volumes and write caches.
namespace lvm::report {
namespace kinds {

Letter cache_type(const Row& row);
Letter cache_target(const Row& row);
char cache_health(const Row& row);
std::string_view cache_health_text(const Row& row);
char cache_state(const Row& row);
void cache_layout(const Row& row, Value& out);
void cache_head(const Row& row, std::string& out);
void cache_size(const Row& row, std::string& out);
void cache_part_head(const Row& row, const LvUser& use, std::string& out);
void cache_map(const Row& row, const model::Segment& segment, std::string& out);
Letter cache_part_type(const Row& row, const LvUser& use);
Letter cache_part_target(const Row& row, const LvUser& use);
void cache_part_roles(const Row& row, const LvUser& use, Value& out);

void cache_pool_layout(const Row& row, Value& out);
void cache_pool_head(const Row& row, std::string& out);
void cache_pool_map(const Row& row, const model::Segment& segment, std::string& out);
Letter cache_pool_part_type(const Row& row, const LvUser& use);
void cache_pool_part_roles(const Row& row, const LvUser& use, Value& out);

void cache_metadata_size(const Row& row, Value& out);
void cache_data_lv(const Row& row, Value& out);
void cache_data_uuid(const Row& row, Value& out);
void cache_metadata_lv(const Row& row, Value& out);
void cache_metadata_uuid(const Row& row, Value& out);
void cache_origin(const Row& row, Value& out);
void cache_origin_uuid(const Row& row, Value& out);
void cache_pool_lv(const Row& row, Value& out);
void cache_pool_uuid(const Row& row, Value& out);
void cache_data_percent(const Row& row, Value& out);
void cache_metadata_percent(const Row& row, Value& out);
void cache_copy_percent(const Row& row, Value& out);
void cache_total(const Row& row, Value& out);
void cache_used(const Row& row, Value& out);
void cache_dirty(const Row& row, Value& out);
void cache_read_hits(const Row& row, Value& out);
void cache_read_misses(const Row& row, Value& out);
void cache_write_hits(const Row& row, Value& out);
void cache_write_misses(const Row& row, Value& out);
void cache_kernel_settings(const Row& row, Value& out);
void cache_kernel_policy(const Row& row, Value& out);
void cache_kernel_format(const Row& row, Value& out);
void cache_kernel_discards(const Row& row, Value& out);
void cache_check_needed(const Row& row, Value& out);
void cache_chunk(const Row& row, Value& out);
void cache_format(const Row& row, Value& out);
void cache_mode(const Row& row, Value& out);
void cache_policy(const Row& row, Value& out);
void cache_settings(const Row& row, Value& out);

Letter writecache_type(const Row& row);
char writecache_health(const Row& row);
std::string_view writecache_health_text(const Row& row);
void writecache_layout(const Row& row, Value& out);
Letter writecache_part_type(const Row& row, const LvUser& use);
Letter writecache_part_target(const Row& row, const LvUser& use);
void writecache_part_roles(const Row& row, const LvUser& use, Value& out);
void writecache_map(const Row& row, const model::Segment& segment, std::string& out);
void writecache_origin(const Row& row, Value& out);
void writecache_origin_uuid(const Row& row, Value& out);
void writecache_pool(const Row& row, Value& out);
void writecache_pool_uuid(const Row& row, Value& out);
void writecache_data_percent(const Row& row, Value& out);
void writecache_block_size(const Row& row, Value& out);
void writecache_total(const Row& row, Value& out);
void writecache_free(const Row& row, Value& out);
void writecache_writeback(const Row& row, Value& out);
void writecache_error(const Row& row, Value& out);
void writecache_settings(const Row& row, Value& out);

inline constexpr KindField kCacheFields[] = {
    {"lv_metadata_size", cache_metadata_size},
    {"origin", cache_origin},
    {"origin_uuid", cache_origin_uuid},
    {"pool_lv", cache_pool_lv},
    {"pool_lv_uuid", cache_pool_uuid},
    {"data_percent", cache_data_percent},
    {"snap_percent", cache_data_percent},
    {"metadata_percent", cache_metadata_percent},
    {"copy_percent", cache_copy_percent},
    {"sync_percent", cache_copy_percent},
    {"cache_total_blocks", cache_total},
    {"cache_used_blocks", cache_used},
    {"cache_dirty_blocks", cache_dirty},
    {"cache_read_hits", cache_read_hits},
    {"cache_read_misses", cache_read_misses},
    {"cache_write_hits", cache_write_hits},
    {"cache_write_misses", cache_write_misses},
    {"kernel_cache_settings", cache_kernel_settings},
    {"kernel_cache_policy", cache_kernel_policy},
    {"kernel_metadata_format", cache_kernel_format},
    {"kernel_discards", cache_kernel_discards},
    {"lv_check_needed", cache_check_needed},
    {"chunk_size", cache_chunk},
    {"cache_metadata_format", cache_format},
    {"cache_mode", cache_mode},
    {"cache_policy", cache_policy},
    {"cache_settings", cache_settings},
};

inline constexpr KindField kCachePoolFields[] = {
    {"lv_metadata_size", cache_metadata_size},
    {"data_lv", cache_data_lv},
    {"data_lv_uuid", cache_data_uuid},
    {"metadata_lv", cache_metadata_lv},
    {"metadata_lv_uuid", cache_metadata_uuid},
    {"data_percent", cache_data_percent},
    {"snap_percent", cache_data_percent},
    {"metadata_percent", cache_metadata_percent},
    {"copy_percent", cache_copy_percent},
    {"sync_percent", cache_copy_percent},
    {"cache_total_blocks", cache_total},
    {"cache_used_blocks", cache_used},
    {"cache_dirty_blocks", cache_dirty},
    {"cache_read_hits", cache_read_hits},
    {"cache_read_misses", cache_read_misses},
    {"cache_write_hits", cache_write_hits},
    {"cache_write_misses", cache_write_misses},
    {"kernel_cache_settings", cache_kernel_settings},
    {"kernel_cache_policy", cache_kernel_policy},
    {"kernel_metadata_format", cache_kernel_format},
    {"kernel_discards", cache_kernel_discards},
    {"chunk_size", cache_chunk},
    {"cache_metadata_format", cache_format},
    {"cache_mode", cache_mode},
    {"cache_policy", cache_policy},
    {"cache_settings", cache_settings},
};

inline constexpr KindField kWritecacheFields[] = {
    {"origin", writecache_origin},
    {"origin_uuid", writecache_origin_uuid},
    {"pool_lv", writecache_pool},
    {"pool_lv_uuid", writecache_pool_uuid},
    {"data_percent", writecache_data_percent},
    {"snap_percent", writecache_data_percent},
    {"writecache_block_size", writecache_block_size},
    {"writecache_total_blocks", writecache_total},
    {"writecache_free_blocks", writecache_free},
    {"writecache_writeback_blocks", writecache_writeback},
    {"writecache_error", writecache_error},
    {"cache_settings", writecache_settings},
};

}  // namespace kinds

template <>
inline constexpr KindReport kKindReport<model::Cache>{.volume_type = kinds::cache_type,
                                                      .target_type = kinds::cache_target,
                                                      .health = kinds::cache_health,
                                                      .state = kinds::cache_state,
                                                      .health_text = kinds::cache_health_text,
                                                      .part_volume_type = kinds::cache_part_type,
                                                      .part_target_type = kinds::cache_part_target,
                                                      .part_roles = kinds::cache_part_roles,
                                                      .layout = kinds::cache_layout,
                                                      .watches_target = true,
                                                      .display_head = kinds::cache_head,
                                                      .display_size = kinds::cache_size,
                                                      .display_map = kinds::cache_map,
                                                      .part_display_head = kinds::cache_part_head,
                                                      .fields = kinds::kCacheFields};
template <>
inline constexpr KindReport kKindReport<model::CachePool>{.volume_type = kinds::cache_type,
                                                          .target_type = kinds::cache_target,
                                                          .health = kinds::cache_health,
                                                          .health_text = kinds::cache_health_text,
                                                          .part_volume_type = kinds::cache_pool_part_type,
                                                          .part_roles = kinds::cache_pool_part_roles,
                                                          .layout = kinds::cache_pool_layout,
                                                          .private_role = true,
                                                          .display_head = kinds::cache_pool_head,
                                                          .display_map = kinds::cache_pool_map,
                                                          .fields = kinds::kCachePoolFields};
template <>
inline constexpr KindReport kKindReport<model::Writecache>{.volume_type = kinds::writecache_type,
                                                           .target_type = kinds::cache_target,
                                                           .health = kinds::writecache_health,
                                                           .health_text = kinds::writecache_health_text,
                                                           .part_volume_type = kinds::writecache_part_type,
                                                           .part_target_type = kinds::writecache_part_target,
                                                           .part_roles = kinds::writecache_part_roles,
                                                           .layout = kinds::writecache_layout,
                                                           .watches_target = true,
                                                           .display_map = kinds::writecache_map,
                                                           .fields = kinds::kWritecacheFields};

}  // namespace lvm::report
