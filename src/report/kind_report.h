// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "report/field.h"
#include "report/source.h"

namespace lvm::report {

// A field that a kind of volume fills in, in place of the field's own getter.
struct KindField {
  std::string_view field;
  Getter get;
};

// What reports say of an LV of a kind (by its first segment) or of one of its segments, where that differs
// from a plain volume. A kind specialises kKindReport for its segment body, in kinds/NAME.h, and is then
// reported everywhere: no other file knows it.
struct KindReport {
  // Positions of lv_attr (facts: lvs(8)). Null: '-'. `row.lv` is the LV of this kind.
  char (*volume_type)(const Row& row) = nullptr;
  char (*target_type)(const Row& row) = nullptr;
  char (*zeroes)(const Row& row) = nullptr;
  char (*health)(const Row& row) = nullptr;
  char (*state)(const Row& row) = nullptr;  // overrides of a live table; NUL: none
  // lv_health_status; null: nothing to say.
  std::string_view (*health_text)(const Row& row) = nullptr;
  // For an LV that a segment of this kind uses (an image, a pool's data): `row` is the used LV, `user` the use.
  char (*part_volume_type)(const Row& row, const LvUser& user) = nullptr;
  char (*part_target_type)(const Row& row, const LvUser& user) = nullptr;
  char (*part_health)(const Row& row, const LvUser& user) = nullptr;
  void (*part_roles)(const Row& row, const LvUser& user, Value& out) = nullptr;
  // Words of lv_layout and of lv_role; null: as a plain volume.
  void (*layout)(const Row& row, Value& out) = nullptr;
  void (*roles)(const Row& row, Value& out) = nullptr;
  bool copy_on_write_snapshot = false;  // counted by snap_count
  // Lines of lvdisplay, each with its two blanks: between "Current LE" and "Segments", and of a segment's map
  // (-m) below its extents. Null: none, and the map of areas.
  void (*display)(const Row& row, std::string& out) = nullptr;
  void (*display_map)(const Row& row, const model::Segment& segment, std::string& out) = nullptr;
  std::span<const KindField> fields{};
};

template <class Body>
inline constexpr KindReport kKindReport{};

}  // namespace lvm::report
