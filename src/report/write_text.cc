// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cstring>
#include <vector>

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
    for (std::size_t i = 0; i < table.column_count(); ++i) {
      if (!table.shown(i)) continue;
      const Field& field = table.field(i);
      columns_.push_back({i, &field, width_of(field, table.width(i)), right_aligned(field.type)});
    }
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
    if (settings_.buffered && aligned_) {
      headings();
      aligned_lines();
      return;
    }
    for (std::size_t row = 0; row < table_.row_count(); ++row) {
      // Unbuffered: each row knows only its own width.
      if (!settings_.buffered)
        for (Column& column : columns_)
          column.width = width_of(*column.field,
                                  std::max<std::size_t>(column.field->width, table_.cell(row, column.index).size()));
      if (row == 0) headings();
      line(row);
    }
  }

 private:
  struct Column {
    std::size_t index;
    const Field* field;
    std::size_t width;
    bool right;
  };

  std::size_t width_of(const Field& field, std::size_t longest) const {
    // A heading is cut where the cells are narrower, unless it is the field's whole name.
    return settings_.headings == 2 ? std::max(longest, heading_of(field, settings_).size()) : longest;
  }

  void headings() {
    if (settings_.headings == 0) return;
    out_ += "  ";
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) out_ += settings_.separator;
      auto heading = heading_of(*columns_[i].field, settings_);
      if (aligned_) heading = heading.substr(0, columns_[i].width);
      append_padded(out_, heading, aligned_ ? columns_[i].width : 0, false);
    }
    // As LVM2 does where columns behind the last one are left out for being empty (report/compact_output).
    bool last_is_shown = table_.column_count() == 0 || table_.shown(table_.column_count() - 1);
    if (!last_is_shown && !columns_.empty()) out_ += settings_.separator;
    out_ += '\n';
  }

  // Aligned lines have one length: the first, blank one is copied and filled in for each row.
  void aligned_lines() {
    std::string blank = "  ";
    std::vector<std::size_t> starts;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) blank += settings_.separator;
      starts.push_back(blank.size());
      blank.append(columns_[i].width, ' ');
    }
    blank += '\n';
    const std::size_t before = out_.size();
    out_.resize(before + blank.size() * table_.row_count());
    char* at = out_.data() + before;
    for (std::size_t row = 0; row < table_.row_count(); ++row, at += blank.size()) {
      std::memcpy(at, blank.data(), blank.size());
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        const auto text = table_.cell(row, columns_[i].index);
        if (text.empty()) continue;
        const std::size_t padding = columns_[i].right ? columns_[i].width - text.size() : 0;
        std::memcpy(at + starts[i] + padding, text.data(), text.size());
      }
    }
  }

  void line(std::size_t row) {
    out_ += "  ";
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) out_ += settings_.separator;
      cell(row, columns_[i]);
    }
    out_ += '\n';
  }

  void cell(std::size_t row, const Column& column) {
    const auto text = table_.cell(row, column.index);
    if (!settings_.prefixes) {
      append_padded(out_, text, aligned_ ? column.width : 0, column.right);
      return;
    }
    append_variable(out_, column.field->name);
    out_ += settings_.quoted ? "='" : "=";
    out_ += text;
    if (settings_.quoted) out_ += '\'';
  }

  void transposed() {
    for (const Column& column : columns_) {
      out_ += "  ";
      bool first = true;
      if (settings_.headings != 0) {
        out_ += heading_of(*column.field, settings_);
        first = false;
      }
      for (std::size_t row = 0; row < table_.row_count(); ++row) {
        if (!first) out_ += settings_.separator;
        first = false;
        cell(row, column);
      }
      out_ += '\n';
    }
  }

  std::string& out_;
  const Table& table_;
  const Settings& settings_;
  bool aligned_;
  std::vector<Column> columns_;
};

}  // namespace

void write_text(std::string& out, const Table& table, const Settings& settings, bool headings_alone) {
  TextWriter(out, table, settings).write(headings_alone);
}

}  // namespace lvm::report
