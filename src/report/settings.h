// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "base/result.h"
#include "base/size_units.h"

namespace lvm::report {

enum class Format { basic, json, json_std };

// "basic", "json", "json_std".
Result<Format> parse_format(std::string_view name);

// How reports look: the report/ section of lvm.conf and the options that override it.
struct Settings {
  Format format = Format::basic;
  SizeUnits units;
  bool aligned = true;
  bool buffered = true;
  int headings = 1;  // 0 none, 1 abbreviations, 2 field names
  std::string separator = " ";
  std::string list_separator = ",";
  bool prefixes = false;
  bool quoted = true;
  bool columns_as_rows = false;
  bool binary_as_number = false;
  std::string time_format = "%Y-%m-%d %T %z";
  bool mark_hidden = true;
  bool two_word_unknown = false;
  bool compact = false;
  std::string compact_columns;
  std::string device_dir = "/dev";
  // Seconds since 1970 that "yesterday" in a selection counts from.
  std::int64_t now = 0;
};

}  // namespace lvm::report
