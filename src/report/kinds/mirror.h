// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "report/kind_report.h"

namespace lvm::report {
namespace kinds {

Letter mirror_type(const Row& row);
Letter mirror_target(const Row& row);
void mirror_layout(const Row& row, Value& out);
void mirror_display(const Row& row, std::string& out);
void mirror_map(const Row& row, const model::Segment& segment, std::string& out);
Letter mirror_part_type(const Row& row, const LvUser& use);
Letter mirror_part_target(const Row& row, const LvUser& use);
void mirror_part_roles(const Row& row, const LvUser& use, Value& out);
void mirror_initial_sync(const Row& row, Value& out);
void mirror_copy_percent(const Row& row, Value& out);
void mirror_log_name(const Row& row, Value& out);
void mirror_log_uuid(const Row& row, Value& out);
void mirror_convert_lv(const Row& row, Value& out);
void mirror_convert_lv_uuid(const Row& row, Value& out);
void mirror_move_pv(const Row& row, Value& out);
void mirror_move_pv_uuid(const Row& row, Value& out);
void mirror_region(const Row& row, Value& out);

inline constexpr KindField kMirrorFields[] = {
    {"lv_initial_image_sync", mirror_initial_sync}, {"copy_percent", mirror_copy_percent},
    {"sync_percent", mirror_copy_percent},          {"mirror_log", mirror_log_name},
    {"mirror_log_uuid", mirror_log_uuid},           {"move_pv", mirror_move_pv},
    {"move_pv_uuid", mirror_move_pv_uuid},          {"convert_lv", mirror_convert_lv},
    {"convert_lv_uuid", mirror_convert_lv_uuid},    {"region_size", mirror_region},
};

}  // namespace kinds

template <>
inline constexpr KindReport kKindReport<model::Mirror>{.volume_type = kinds::mirror_type,
                                                       .target_type = kinds::mirror_target,
                                                       .part_volume_type = kinds::mirror_part_type,
                                                       .part_target_type = kinds::mirror_part_target,
                                                       .part_roles = kinds::mirror_part_roles,
                                                       .layout = kinds::mirror_layout,
                                                       .watches_target = true,
                                                       .display = kinds::mirror_display,
                                                       .display_map = kinds::mirror_map,
                                                       .fields = kinds::kMirrorFields};

}  // namespace lvm::report
