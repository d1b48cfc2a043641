// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "report/write.h"

namespace lvm::report {
namespace {

std::string_view heading_of(const Field& field, const Settings& settings) {
  return settings.headings == 2 ? field.name : field.heading;
}

// LVM2_LV_NAME
void append_variable(std::string& out, std::string_view name) {
  out += "LVM2_";
  for (const char c : name) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

void append_padded(std::string& out, std::string_view text, std::size_t width, bool right) {
  const std::size_t padding = width > text.size() ? width - text.size() : 0;
  if (right) out.append(padding, ' ');
  out += text;
  if (!right) out.append(padding, ' ');
}

class TextWriter {
 public:
  TextWriter(std::string& out, const Table& table, const Settings& settings)
      : out_(out), table_(table), settings_(settings) {
    // Pairs and transposed reports are for programs: they are never padded.
    aligned_ = settings.aligned && !settings.prefixes && !settings.columns_as_rows;
    for (std::size_t i = 0; i < table.column_count(); ++i) widths_.push_back(width_of(i, table.width(i)));
  }

  void write(bool headings_alone) {
    if (table_.row_count() == 0) {
      if (headings_alone && !settings_.columns_as_rows) headings();
      return;
    }
    if (settings_.columns_as_rows) {
      transposed();
      return;
    }
    if (settings_.buffered) {
      headings();
      for (std::size_t row = 0; row < table_.row_count(); ++row) line(row);
      return;
    }
    // Unbuffered: each row knows only its own width.
    for (std::size_t row = 0; row < table_.row_count(); ++row) {
      for (std::size_t i = 0; i < widths_.size(); ++i)
        widths_[i] = width_of(i, std::max<std::size_t>(table_.field(i).width, table_.cell(row, i).size()));
      if (row == 0) headings();
      line(row);
    }
  }

 private:
  std::size_t width_of(std::size_t column, std::size_t longest) const {
    const std::size_t heading =
        settings_.headings == 0 ? 0 : heading_of(table_.field(column), settings_).size();
    return std::max(longest, heading);
  }

  void headings() {
    if (settings_.headings == 0) return;
    out_ += "  ";
    bool first = true;
    for (std::size_t i = 0; i < table_.column_count(); ++i) {
      if (!table_.shown(i)) continue;
      if (!first) out_ += settings_.separator;
      first = false;
      append_padded(out_, heading_of(table_.field(i), settings_), aligned_ ? widths_[i] : 0, false);
    }
    out_ += '\n';
  }

  void line(std::size_t row) {
    out_ += "  ";
    bool first = true;
    for (std::size_t i = 0; i < table_.column_count(); ++i) {
      if (!table_.shown(i)) continue;
      if (!first) out_ += settings_.separator;
      first = false;
      cell(row, i);
    }
    out_ += '\n';
  }

  void cell(std::size_t row, std::size_t column) {
    const Field& field = table_.field(column);
    const auto text = table_.cell(row, column);
    if (!settings_.prefixes) {
      append_padded(out_, text, aligned_ ? widths_[column] : 0, right_aligned(field.type));
      return;
    }
    append_variable(out_, field.name);
    out_ += settings_.quoted ? "='" : "=";
    out_ += text;
    if (settings_.quoted) out_ += '\'';
  }

  void transposed() {
    for (std::size_t i = 0; i < table_.column_count(); ++i) {
      if (!table_.shown(i)) continue;
      out_ += "  ";
      bool first = true;
      if (settings_.headings != 0) {
        out_ += heading_of(table_.field(i), settings_);
        first = false;
      }
      for (std::size_t row = 0; row < table_.row_count(); ++row) {
        if (!first) out_ += settings_.separator;
        first = false;
        cell(row, i);
      }
      out_ += '\n';
    }
  }

  std::string& out_;
  const Table& table_;
  const Settings& settings_;
  bool aligned_;
  std::vector<std::size_t> widths_;
};

}  // namespace

void write_text(std::string& out, const Table& table, const Settings& settings, bool headings_alone) {
  TextWriter(out, table, settings).write(headings_alone);
}

}  // namespace lvm::report
