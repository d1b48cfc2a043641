// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "report/cell.h"
#include "report/columns.h"
#include "report/kinds.h"

namespace lvm::report {

// The cells of one report: all their text in one buffer, widths found as rows come in. Rows are sorted by
// their keys at the end.
class Table {
 public:
  Table(const Columns& columns, const Settings& settings);

  void add(const Row& row);
  void sort();
  // Leaves out columns without any text.
  void drop_empty(const std::vector<const Field*>& fields, bool every_field);

  std::size_t column_count() const { return readers_.size(); }
  std::size_t row_count() const { return order_.size(); }
  const Field& field(std::size_t column) const { return readers_[column].field(); }
  bool shown(std::size_t column) const { return shown_[column] != 0; }
  // `row` counts in sorted order.
  std::string_view cell(std::size_t row, std::size_t column) const {
    const Cell& at = cells_[order_[row] * readers_.size() + column];
    return {bytes_.data() + at.offset, at.length};
  }
  // The longest cell of a column, the least width of its field included.
  std::size_t width(std::size_t column) const { return widths_[column]; }

 private:
  struct Cell {
    std::size_t offset = 0;
    std::size_t length = 0;
  };
  struct Key {
    std::string_view text;
    std::uint64_t number = 0;  // of a text: its first bytes, so that most comparisons need no other
  };
  // A key whose field is also a column shares that column's value.
  struct KeySource {
    FieldReader reader;
    bool descending;
    std::size_t column;
  };
  static constexpr std::size_t kNoColumn = ~std::size_t{0};

  void add_cell(std::size_t column, Cell& cell);
  Key key_of(const Field& field);
  std::string_view keep(std::string_view text);
  bool before(std::uint32_t left, std::uint32_t right) const;

  const Settings* settings_;
  CellWriter writer_;
  std::vector<FieldReader> readers_;
  std::vector<KeySource> key_sources_;
  std::vector<std::uint8_t> keys_of_column_;  // whether some key takes its value from the column
  std::vector<std::uint8_t> shown_;
  std::vector<std::size_t> widths_;
  std::string bytes_;
  std::vector<Cell> cells_;
  std::vector<Cell> absent_cells_;
  std::vector<Key> keys_;
  std::vector<std::uint32_t> order_;
  std::vector<std::unique_ptr<char[]>> kept_;  // texts of keys that were composed
  std::size_t kept_free_ = 0;
  char* kept_at_ = nullptr;
  Value value_;
};

}  // namespace lvm::report
