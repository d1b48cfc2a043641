// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "report/kind_report.h"

// Volumes that map extents directly or own none: linear, striped, error, zero, and types of later versions.
namespace lvm::report {
namespace kinds {

inline char virtual_volume(const Row&) { return 'v'; }
// The letter for an LV with segments of a type this program does not know.
inline char unknown_target(const Row&) { return 'u'; }
// The reference has no word for the layout of error and zero volumes.
inline void unknown_layout(const Row&, Value& out) { out.add_item("unknown"); }
void plain_layout(const Row& row, Value& out);
void kind_module(const Row& row, Value& out);

inline constexpr KindField kVirtualFields[] = {{"lv_modules", kind_module}};

}  // namespace kinds

template <>
inline constexpr KindReport kKindReport<model::Striped>{.layout = kinds::plain_layout};
template <>
inline constexpr KindReport kKindReport<model::ErrorSegment>{.volume_type = kinds::virtual_volume,
                                                             .target_type = kinds::virtual_volume,
                                                             .layout = kinds::unknown_layout,
                                                             .fields = kinds::kVirtualFields};
template <>
inline constexpr KindReport kKindReport<model::ZeroSegment>{.volume_type = kinds::virtual_volume,
                                                            .target_type = kinds::virtual_volume,
                                                            .layout = kinds::unknown_layout,
                                                            .fields = kinds::kVirtualFields};
template <>
inline constexpr KindReport kKindReport<model::UnknownSegment>{.target_type = kinds::unknown_target,
                                                               .layout = kinds::unknown_layout};

}  // namespace lvm::report
