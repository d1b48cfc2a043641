// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "report/field.h"

namespace lvm::report {

// The reports. Fields of several groups may stand in one: see RowKind.
enum class Kind : std::uint8_t { pv, vg, lv, segment, pv_segment, log, device_type };

// "pv", "vg", "lv", "seg", "pvseg", "log", "devtype": --configreport, and the keys of JSON output.
std::string_view kind_name(Kind kind);
std::optional<Kind> find_kind_by_name(std::string_view name);

struct SortKey {
  const Field* field = nullptr;
  bool descending = false;
};

// Which columns a report has.
struct Columns {
  std::vector<const Field*> shown;
  std::vector<SortKey> keys;
  std::vector<const Field*> compact;  // dropped when no row has a value
  bool compact_all = false;
  bool help = false;  // asked for by `help` or `?` among the columns
  std::vector<std::string> warnings;
};

// A field by the name users give it: case and underscores do not matter, the prefix of the report's own
// fields ("lv_" in lvs) may be left out. Null when there is none.
const Field* find_field(Kind kind, std::string_view name);

// `options` are the values of -o in order: "a,b" replaces the list, "+a" adds, "-a" takes away, "#a" names
// columns to compact; `all` and `lv_all`... stand for their groups. `defaults` is the list they begin with.
// `sorts` are the values of -O, of which the last counts; none: `default_sort`.
Result<Columns> parse_columns(Kind kind, std::string_view defaults, std::span<const std::string> options,
                              std::string_view default_sort, std::span<const std::string> sorts);

}  // namespace lvm::report
