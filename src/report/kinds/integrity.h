// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "report/kind_report.h"

namespace lvm::report {
namespace kinds {

Letter integrity_type(const Row& row);
void integrity_layout(const Row& row, Value& out);
void integrity_map(const Row& row, const model::Segment& segment, std::string& out);
Letter integrity_part_type(const Row& row, const LvUser& use);
void integrity_part_roles(const Row& row, const LvUser& use, Value& out);
void integrity_origin(const Row& row, Value& out);
void integrity_origin_uuid(const Row& row, Value& out);
void integrity_copy_percent(const Row& row, Value& out);
void integrity_mode(const Row& row, Value& out);
void integrity_block(const Row& row, Value& out);
void integrity_mismatches(const Row& row, Value& out);

inline constexpr KindField kIntegrityFields[] = {
    {"origin", integrity_origin},
    {"origin_uuid", integrity_origin_uuid},
    {"copy_percent", integrity_copy_percent},
    {"sync_percent", integrity_copy_percent},
    {"raidintegritymode", integrity_mode},
    {"raidintegrityblocksize", integrity_block},
    {"integritymismatches", integrity_mismatches},
};

}  // namespace kinds

template <>
inline constexpr KindReport kKindReport<model::Integrity>{.volume_type = kinds::integrity_type,
                                                          .part_volume_type = kinds::integrity_part_type,
                                                          .part_roles = kinds::integrity_part_roles,
                                                          .layout = kinds::integrity_layout,
                                                          .display_map = kinds::integrity_map,
                                                          .fields = kinds::kIntegrityFields};

}  // namespace lvm::report
