// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "report/kind_report.h"

// Thin pools and thin volumes.
namespace lvm::report {
namespace kinds {

Letter thin_pool_type(const Row& row);
Letter thin_target(const Row& row);
char thin_pool_zeroes(const Row& row);
char thin_pool_health(const Row& row);
std::string_view thin_pool_health_text(const Row& row);
char thin_pool_state(const Row& row);
Letter thin_pool_part_type(const Row& row, const LvUser& use);
void thin_pool_part_roles(const Row& row, const LvUser& use, Value& out);
void thin_pool_layout(const Row& row, Value& out);
void thin_pool_head(const Row& row, std::string& out);
void thin_pool_size(const Row& row, std::string& out);
void thin_pool_map(const Row& row, const model::Segment& segment, std::string& out);

void pool_when_full(const Row& row, Value& out);
void pool_metadata_size(const Row& row, Value& out);
void pool_data_lv(const Row& row, Value& out);
void pool_data_uuid(const Row& row, Value& out);
void pool_metadata_lv(const Row& row, Value& out);
void pool_metadata_uuid(const Row& row, Value& out);
void pool_data_percent(const Row& row, Value& out);
void pool_metadata_percent(const Row& row, Value& out);
void pool_kernel_discards(const Row& row, Value& out);
void pool_check_needed(const Row& row, Value& out);
void pool_kernel_read_ahead(const Row& row, Value& out);
void pool_chunk(const Row& row, Value& out);
void pool_thin_count(const Row& row, Value& out);
void pool_discards(const Row& row, Value& out);
void pool_zero(const Row& row, Value& out);
void pool_transaction(const Row& row, Value& out);

Letter thin_type(const Row& row);
char thin_zeroes(const Row& row);
char thin_health(const Row& row);
std::string_view thin_health_text(const Row& row);
void thin_layout(const Row& row, Value& out);
void thin_roles(const Row& row, Value& out);
void thin_head(const Row& row, std::string& out);
void thin_size(const Row& row, std::string& out);
void thin_map(const Row& row, const model::Segment& segment, std::string& out);
Letter thin_part_type(const Row& row, const LvUser& use);
Letter thin_part_target(const Row& row, const LvUser& use);
void thin_part_roles(const Row& row, const LvUser& use, Value& out);

void thin_origin(const Row& row, Value& out);
void thin_origin_uuid(const Row& row, Value& out);
void thin_origin_size(const Row& row, Value& out);
void thin_merging(const Row& row, Value& out);
void thin_pool_lv(const Row& row, Value& out);
void thin_pool_uuid(const Row& row, Value& out);
void thin_data_percent(const Row& row, Value& out);
void thin_discards(const Row& row, Value& out);
void thin_zero(const Row& row, Value& out);
void thin_transaction(const Row& row, Value& out);
void thin_id(const Row& row, Value& out);

inline constexpr KindField kThinPoolFields[] = {
    {"lv_when_full", pool_when_full},
    {"lv_metadata_size", pool_metadata_size},
    {"data_lv", pool_data_lv},
    {"data_lv_uuid", pool_data_uuid},
    {"metadata_lv", pool_metadata_lv},
    {"metadata_lv_uuid", pool_metadata_uuid},
    {"data_percent", pool_data_percent},
    {"snap_percent", pool_data_percent},
    {"metadata_percent", pool_metadata_percent},
    {"kernel_discards", pool_kernel_discards},
    {"lv_check_needed", pool_check_needed},
    {"lv_kernel_read_ahead", pool_kernel_read_ahead},
    {"chunk_size", pool_chunk},
    {"thin_count", pool_thin_count},
    {"discards", pool_discards},
    {"zero", pool_zero},
    {"transaction_id", pool_transaction},
};

inline constexpr KindField kThinFields[] = {
    {"origin", thin_origin},
    {"origin_uuid", thin_origin_uuid},
    {"origin_size", thin_origin_size},
    {"lv_merging", thin_merging},
    {"pool_lv", thin_pool_lv},
    {"pool_lv_uuid", thin_pool_uuid},
    {"data_percent", thin_data_percent},
    {"snap_percent", thin_data_percent},
    {"discards", thin_discards},
    {"zero", thin_zero},
    {"transaction_id", thin_transaction},
    {"thin_id", thin_id},
};

}  // namespace kinds

template <>
inline constexpr KindReport kKindReport<model::ThinPool>{.volume_type = kinds::thin_pool_type,
                                                         .target_type = kinds::thin_target,
                                                         .zeroes = kinds::thin_pool_zeroes,
                                                         .health = kinds::thin_pool_health,
                                                         .state = kinds::thin_pool_state,
                                                         .health_text = kinds::thin_pool_health_text,
                                                         .part_volume_type = kinds::thin_pool_part_type,
                                                         .part_roles = kinds::thin_pool_part_roles,
                                                         .layout = kinds::thin_pool_layout,
                                                         .private_role = true,
                                                         .no_path = true,
                                                         .live_layer = "tpool",
                                                         .display_head = kinds::thin_pool_head,
                                                         .display_size = kinds::thin_pool_size,
                                                         .display_map = kinds::thin_pool_map,
                                                         .fields = kinds::kThinPoolFields};
template <>
inline constexpr KindReport kKindReport<model::Thin>{.volume_type = kinds::thin_type,
                                                     .target_type = kinds::thin_target,
                                                     .zeroes = kinds::thin_zeroes,
                                                     .health = kinds::thin_health,
                                                     .health_text = kinds::thin_health_text,
                                                     .part_volume_type = kinds::thin_part_type,
                                                     .part_target_type = kinds::thin_part_target,
                                                     .part_roles = kinds::thin_part_roles,
                                                     .layout = kinds::thin_layout,
                                                     .roles = kinds::thin_roles,
                                                     .virtual_extents = true,
                                                     .watches_target = true,
                                                     .display_head = kinds::thin_head,
                                                     .display_size = kinds::thin_size,
                                                     .display_map = kinds::thin_map,
                                                     .fields = kinds::kThinFields};

}  // namespace lvm::report
