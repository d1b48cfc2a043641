// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "report/kind_report.h"

// Copy-on-write snapshots. The LV of this kind is never shown: it ties a store, which users call the snapshot, to its
// origin. All that is to be said is said of these two, whatever their own kinds.
namespace lvm::report {
namespace kinds {

Letter snapshot_part_type(const Row& row, const LvUser& use);
Letter snapshot_part_target(const Row& row, const LvUser& use);
char snapshot_part_state(const Row& row, const LvUser& use);
void snapshot_part_roles(const Row& row, const LvUser& use, Value& out);
void snapshot_part_head(const Row& row, const LvUser& use, std::string& out);
void snapshot_part_display(const Row& row, const LvUser& use, std::string& out);

// Fields of any LV, that may be a store or an origin.
const model::Snapshot* store_of(const Row& row);  // the tie of a store; null for other LVs
bool is_thick_origin(const Row& row);
bool store_invalid(const Row& row);
void any_origin(const Row& row, Value& out);
void any_origin_uuid(const Row& row, Value& out);
void any_origin_size(const Row& row, Value& out);
void any_merging(const Row& row, Value& out);
void any_data_percent(const Row& row, Value& out);
void any_chunk_size(const Row& row, Value& out);
void any_merge_failed(const Row& row, Value& out);
void any_snapshot_invalid(const Row& row, Value& out);
void any_ancestors(const Row& row, Value& out);
void any_full_ancestors(const Row& row, Value& out);
void any_descendants(const Row& row, Value& out);
void any_full_descendants(const Row& row, Value& out);

}  // namespace kinds

template <>
inline constexpr KindReport kKindReport<model::Snapshot>{.part_volume_type = kinds::snapshot_part_type,
                                                         .part_target_type = kinds::snapshot_part_target,
                                                         .part_state = kinds::snapshot_part_state,
                                                         .part_roles = kinds::snapshot_part_roles,
                                                         .copy_on_write_snapshot = true,
                                                         .never_shown = true,
                                                         .watches_target = true,
                                                         .part_display_head = kinds::snapshot_part_head,
                                                         .part_display = kinds::snapshot_part_display};

}  // namespace lvm::report
