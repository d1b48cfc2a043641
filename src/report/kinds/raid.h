// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "report/kind_report.h"

namespace lvm::report {
namespace kinds {

Letter raid_type(const Row& row);
Letter raid_target(const Row& row);
char raid_health(const Row& row);
std::string_view raid_health_text(const Row& row);
void raid_layout(const Row& row, Value& out);
void raid_display(const Row& row, std::string& out);
void raid_map(const Row& row, const model::Segment& segment, std::string& out);
Letter raid_part_type(const Row& row, const LvUser& use);
Letter raid_part_target(const Row& row, const LvUser& use);
char raid_part_health(const Row& row, const LvUser& use);
std::string_view raid_part_health_text(const Row& row, const LvUser& use);
void raid_part_roles(const Row& row, const LvUser& use, Value& out);

void raid_initial_sync(const Row& row, Value& out);
void raid_copy_percent(const Row& row, Value& out);
void raid_mismatches(const Row& row, Value& out);
void raid_action(const Row& row, Value& out);
void raid_write_behind(const Row& row, Value& out);
void raid_min_rate(const Row& row, Value& out);
void raid_max_rate(const Row& row, Value& out);
void raid_integrity_mode(const Row& row, Value& out);
void raid_integrity_block(const Row& row, Value& out);
void raid_integrity_mismatches(const Row& row, Value& out);
void raid_data_stripes(const Row& row, Value& out);
void raid_copies(const Row& row, Value& out);
void raid_parity(const Row& row, Value& out);
void raid_stripe_size(const Row& row, Value& out);
void raid_region(const Row& row, Value& out);
void raid_metadata_devices(const Row& row, Value& out);
void raid_metadata_ranges(const Row& row, Value& out);

// Of any segment: images of a set that can be reshaped say so too.
void any_reshape_size(const Row& row, Value& out);
void any_reshape_extents(const Row& row, Value& out);
void any_data_offset(const Row& row, Value& out);

// The image of this LV, by its letter in the status of the set above: in sync.
void image_synced(const Row& row, Value& out);

inline constexpr KindField kRaidFields[] = {
    {"lv_initial_image_sync", raid_initial_sync},
    {"copy_percent", raid_copy_percent},
    {"sync_percent", raid_copy_percent},
    {"raid_mismatch_count", raid_mismatches},
    {"raid_sync_action", raid_action},
    {"raid_write_behind", raid_write_behind},
    {"raid_min_recovery_rate", raid_min_rate},
    {"raid_max_recovery_rate", raid_max_rate},
    {"raidintegritymode", raid_integrity_mode},
    {"raidintegrityblocksize", raid_integrity_block},
    {"integritymismatches", raid_integrity_mismatches},
    {"data_stripes", raid_data_stripes},
    {"data_copies", raid_copies},
    {"parity_chunks", raid_parity},
    {"stripe_size", raid_stripe_size},
    {"region_size", raid_region},
    {"metadata_devices", raid_metadata_devices},
    {"seg_metadata_le_ranges", raid_metadata_ranges},
};

}  // namespace kinds

template <>
inline constexpr KindReport kKindReport<model::Raid>{.volume_type = kinds::raid_type,
                                                     .target_type = kinds::raid_target,
                                                     .health = kinds::raid_health,
                                                     .health_text = kinds::raid_health_text,
                                                     .part_volume_type = kinds::raid_part_type,
                                                     .part_target_type = kinds::raid_part_target,
                                                     .part_health = kinds::raid_part_health,
                                                     .part_health_text = kinds::raid_part_health_text,
                                                     .part_roles = kinds::raid_part_roles,
                                                     .layout = kinds::raid_layout,
                                                     .watches_target = true,
                                                     .display = kinds::raid_display,
                                                     .display_map = kinds::raid_map,
                                                     .fields = kinds::kRaidFields};

}  // namespace lvm::report
