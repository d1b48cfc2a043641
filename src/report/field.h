// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "report/value.h"

namespace lvm::report {

struct Row;
using Getter = void (*)(const Row& row, Value& out);

// The part of a row a field speaks of. Groups used by the columns, keys and selection of a report
// decide what one of its rows is (see RowKind).
enum class Group : std::uint8_t {
  lv,         // the LV's metadata
  lv_info,    // needs DM_DEV_STATUS
  lv_status,  // needs DM_TABLE_STATUS
  lv_attr,    // needs both
  label,      // the device and its label
  pv,
  vg,
  segment,
  pv_segment,
  log,          // the command log
  device_type,  // lvm devtypes
  special,      // selected
};

// A word accepted in selections in place of a number or of the text shown.
struct Word {
  std::string_view word;
  std::uint64_t number = 0;      // flags, numbers and sizes
  std::string_view canonical{};  // strings
};

// The getter of fields that a plain volume has nothing to say on: kinds of volume put theirs in its place.
inline void nothing(const Row&, Value&) {}

// One row of the field tables.
struct Field {
  std::string_view name;
  std::string_view heading;
  Group group;
  Type type;
  std::uint8_t width;  // least width of the column; more when the heading or a cell needs it
  Getter get;
  std::string_view description;
  std::span<const Word> words{};  // of a flag, the first is shown when it is set
  bool string_in_json = false;    // typed JSON keeps it a string, for programs that expect one
};

// Numbers that stand for "not known": -1.
inline constexpr std::uint64_t kUndefined = ~std::uint64_t{0};

inline bool right_aligned(Type type) { return type == Type::number || type == Type::size || type == Type::flag; }
// "string list", as -S help shows it.
std::string_view type_name(Type type);

// Every field, a section per group, in the order of help and of `all`.
std::span<const std::span<const Field>> field_sections();

// Heading of a group in help, and the name that selects all of it ("lv_all").
struct GroupText {
  std::string_view title;
  std::string_view prefix;  // optional in column names: "lv_"
  std::string_view all;     // "lv_all"; empty when there is none
};
const GroupText& group_text(Group group);

}  // namespace lvm::report
