// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/write.h"

#include <utility>
#include <vector>

namespace lvm::report {

JsonDocument::JsonDocument(std::string& out) : out_(&out) { line(0, "{"); }

void JsonDocument::begin_reports() {
  line(1, "\"report\": [");
  reports_open_ = had_reports_ = true;
}

void JsonDocument::end_reports() {
  if (group_open_) end_group();
  if (reports_open_) line(1, "]");
  reports_open_ = false;
}

// Two blanks as in front of every line of LVM, then four for each level.
void JsonDocument::line(int depth, std::string_view text) {
  out_->append(static_cast<std::size_t>(2 + 4 * depth), ' ');
  *out_ += text;
  *out_ += '\n';
}

void JsonDocument::begin_group() {
  if (groups_) line(2, ",");
  line(2, "{");
  groups_ = true;
  sections_ = false;
  group_open_ = true;
}

void JsonDocument::section(std::string_view name, const Table& table) {
  if (sections_) line(3, ",");
  sections_ = true;
  rows(name, table, 3);
}

void JsonDocument::end_group() {
  line(2, "}");
  group_open_ = false;
}

void JsonDocument::rows(std::string_view name, const Table& table, int depth) {
  std::string opening = "\"";
  opening += name;
  opening += "\": [";
  line(depth, opening);
  // What stands in front of each value: `{"lv_name":`, `, "vg_name":`.
  std::vector<std::pair<std::size_t, std::string>> columns;
  for (std::size_t i = 0; i < table.column_count(); ++i) {
    if (!table.shown(i)) continue;
    std::string key = columns.empty() ? "\"" : ", \"";
    key += table.field(i).name;
    key += "\":";
    columns.emplace_back(i, std::move(key));
  }
  const std::string indent(static_cast<std::size_t>(2 + 4 * (depth + 1)), ' ');
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    *out_ += indent;
    *out_ += '{';
    for (const auto& [column, key] : columns) {
      *out_ += key;
      *out_ += table.cell(row, column);
    }
    *out_ += row + 1 < table.row_count() ? "},\n" : "}\n";
  }
  line(depth, "]");
}

void JsonDocument::log(const Table& table) {
  end_reports();
  if (had_reports_) line(1, ",");
  rows("log", table, 1);
}

void JsonDocument::finish() {
  end_reports();
  line(0, "}");
}

}  // namespace lvm::report
