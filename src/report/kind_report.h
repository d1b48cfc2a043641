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

// A letter that an LV could show at one position of lv_attr. An LV may be many things at once (RAID, an origin, the
// data of a pool): the lowest rank wins, as in the tables of lvs(8).
struct Letter {
  char letter = '-';
  std::uint8_t rank = 0xff;
};

// Ranks of the first position and of the seventh.
struct TypeRank {
  enum : std::uint8_t {
    origin,
    metadata,
    cache,
    integrity,
    raid,
    mirror,
    thin,
    vdo,
    virtual_volume,
    pool,
    image,
    store
  };
};
struct TargetRank {
  enum : std::uint8_t { thin, cache, raid, mirror, snapshot, virtual_volume };
};

// What reports say of an LV of a kind (by its first segment) or of one of its segments, where that differs
// from a plain volume; and of the LVs that it uses. A kind specialises kKindReport for its segment body, in
// kinds/NAME.h, and is then reported everywhere: no other file knows it.
struct KindReport {
  // Positions of lv_attr (facts: lvs(8)). Null: '-'. `row.lv` is the LV of this kind.
  Letter (*volume_type)(const Row& row) = nullptr;
  Letter (*target_type)(const Row& row) = nullptr;
  char (*zeroes)(const Row& row) = nullptr;
  char (*health)(const Row& row) = nullptr;
  char (*state)(const Row& row) = nullptr;  // overrides of a live table; NUL: none
  // lv_health_status; null: nothing to say.
  std::string_view (*health_text)(const Row& row) = nullptr;
  // For an LV that a segment of this kind names (an image, a pool's data, an origin): `row` is the LV named, `use`
  // who names it and as what.
  Letter (*part_volume_type)(const Row& row, const LvUser& use) = nullptr;
  Letter (*part_target_type)(const Row& row, const LvUser& use) = nullptr;
  char (*part_health)(const Row& row, const LvUser& use) = nullptr;
  std::string_view (*part_health_text)(const Row& row, const LvUser& use) = nullptr;
  char (*part_state)(const Row& row, const LvUser& use) = nullptr;
  void (*part_roles)(const Row& row, const LvUser& use, Value& out) = nullptr;
  // Words of lv_layout and of lv_role; null: as a plain volume.
  void (*layout)(const Row& row, Value& out) = nullptr;
  void (*roles)(const Row& row, Value& out) = nullptr;
  bool copy_on_write_snapshot = false;  // counted by snap_count
  bool never_shown = false;             // stands for another LV in the text only
  bool private_role = false;            // "private" even where it is visible
  bool no_path = false;                 // nothing to open
  bool virtual_extents = false;         // lvdisplay -m says "Virtual extents"
  bool watches_target = false;  // a live table of another target is told of (live_table.h); of snapshots, their stores'
  // The layer whose state reports show in place of the LV's own device: "tpool".
  std::string_view live_layer{};
  // Lines of lvdisplay, each with its two blanks: below "LV Creation host, time", below "LV Size", between "Current
  // LE" and "Segments", and of a segment's map (-m) below its extents. Null: none, and the map of areas.
  void (*display_head)(const Row& row, std::string& out) = nullptr;
  void (*display_size)(const Row& row, std::string& out) = nullptr;
  void (*display)(const Row& row, std::string& out) = nullptr;
  void (*display_map)(const Row& row, const model::Segment& segment, std::string& out) = nullptr;
  // The same lines for an LV that a segment of this kind names.
  void (*part_display_head)(const Row& row, const LvUser& use, std::string& out) = nullptr;
  void (*part_display)(const Row& row, const LvUser& use, std::string& out) = nullptr;
  std::span<const KindField> fields{};
};

template <class Body>
inline constexpr KindReport kKindReport{};

}  // namespace lvm::report
