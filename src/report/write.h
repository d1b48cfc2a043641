// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "report/settings.h"
#include "report/table.h"

namespace lvm::report {

// Lines for people, or for shells: columns, NAME='value' pairs, columns as rows.
// `headings_alone`: also when there is no row.
void write_text(std::string& out, const Table& table, const Settings& settings, bool headings_alone = false);

// A JSON document of reports, in the layout LVM gives it:
//   {"report": [ {"vg": [...], "pv": [...]}, ... ], "log": [...]}
class JsonDocument {
 public:
  explicit JsonDocument(std::string& out);
  void begin_reports();
  void begin_group();  // what belongs to one VG
  void section(std::string_view name, const Table& table);
  void end_group();
  void log(const Table& table);
  void finish();

 private:
  void rows(std::string_view name, const Table& table, int depth);
  void line(int depth, std::string_view text);
  void end_reports();

  std::string* out_;
  bool reports_open_ = false, had_reports_ = false;
  bool group_open_ = false, groups_ = false, sections_ = false;
};

}  // namespace lvm::report
