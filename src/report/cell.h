// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "report/field.h"
#include "report/settings.h"
#include "report/time_range.h"

namespace lvm::report {

// Puts values into words.
class CellWriter {
 public:
  explicit CellWriter(const Settings& settings) : settings_(&settings), time_(settings.time_format) {}

  // As people read it: "40.00m", "tagA,tagB", "".
  void append_text(std::string& out, const Field& field, const Value& value);
  // As a JSON value: all strings ("json"), or typed ("json_std").
  void append_json(std::string& out, const Field& field, const Value& value);

 private:
  void append_flag(std::string& out, const Field& field, const Value& value) const;
  void append_list(std::string& out, const Value& value) const;
  void append_json_list(std::string& out, const Value& value) const;

  const Settings* settings_;
  TimeFormat time_;
  std::string text_;
};

// A JSON string with its quotes. Bytes that JSON forbids are escaped; others are copied.
void append_json_string(std::string& out, std::string_view text);

// "12.50": never 0.00 or 100.00 for a share that is not quite nothing or everything.
void append_percent(std::string& out, std::uint64_t percent);

}  // namespace lvm::report
