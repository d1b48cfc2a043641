// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "report/kind_report.h"

// Volumes that map extents directly or own none: linear, striped, error, zero, and types of later versions.
namespace lvm::report {
namespace kinds {

inline Letter virtual_volume(const Row&) { return {'v', TypeRank::virtual_volume}; }
inline Letter virtual_target(const Row&) { return {'v', TargetRank::virtual_volume}; }
inline void unknown_layout(const Row&, Value& out) { out.add_item("unknown"); }
// The reference has a word for the layout of error and zero volumes only where they stand for the origin of a snapshot.
void virtual_layout(const Row& row, Value& out);
// Of a volume that holds a cache: what it is besides.
void cache_volume_layout(const Row& row, Value& out);
void plain_layout(const Row& row, Value& out);

}  // namespace kinds

template <>
inline constexpr KindReport kKindReport<model::Striped>{.layout = kinds::plain_layout, .watches_target = true};
template <>
inline constexpr KindReport kKindReport<model::ErrorSegment>{.volume_type = kinds::virtual_volume,
                                                             .target_type = kinds::virtual_target,
                                                             .layout = kinds::virtual_layout,
                                                             .watches_target = true};
template <>
inline constexpr KindReport kKindReport<model::ZeroSegment>{.volume_type = kinds::virtual_volume,
                                                            .target_type = kinds::virtual_target,
                                                            .layout = kinds::virtual_layout,
                                                            .watches_target = true};
template <>
inline constexpr KindReport kKindReport<model::UnknownSegment>{.layout = kinds::unknown_layout};

}  // namespace lvm::report
