// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/table.h"

#include <endian.h>

#include <algorithm>
#include <cstring>

namespace lvm::report {

Table::Table(const Columns& columns, const Settings& settings) : settings_(&settings), writer_(settings) {
  for (const Field* field : columns.shown) {
    readers_.emplace_back(*field);
    widths_.push_back(field->width);
  }
  // An empty cell is written once for each column, and shared by all rows.
  absent_cells_.resize(readers_.size());
  for (std::size_t i = 0; i < readers_.size(); ++i) add_cell(i, absent_cells_[i]);
  shown_.assign(readers_.size(), 1);
  keys_of_column_.assign(readers_.size(), 0);
  for (const SortKey& key : columns.keys) {
    const auto at = std::find(columns.shown.begin(), columns.shown.end(), key.field);
    std::size_t column = kNoColumn;
    if (at != columns.shown.end()) {
      column = static_cast<std::size_t>(at - columns.shown.begin());
      keys_of_column_[column] = 1;
    }
    key_sources_.push_back({FieldReader(*key.field), key.descending, column});
  }
}

std::string_view Table::keep(std::string_view text) {
  constexpr std::size_t kChunk = 16384;
  if (text.size() > kept_free_) {
    const std::size_t size = std::max(kChunk, text.size());
    kept_.push_back(std::make_unique_for_overwrite<char[]>(size));
    kept_at_ = kept_.back().get();
    kept_free_ = size;
  }
  if (!text.empty()) std::memcpy(kept_at_, text.data(), text.size());
  const std::string_view copy(kept_at_, text.size());
  kept_at_ += text.size();
  kept_free_ -= text.size();
  return copy;
}

// The first eight bytes, so that numbers order as the texts do.
static std::uint64_t first_bytes(std::string_view text) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text.data() != nullptr ? text.data() : "", std::min<std::size_t>(text.size(), 8));
  return be64toh(bytes);
}

// Numbers that are not known sort above all others; sizes and shares that do not apply sort as nothing.
Table::Key Table::key_of(const Field& field) {
  switch (field.type) {
    case Type::string: {
      const auto text = value_.match_is_stable() ? value_.match() : keep(value_.match());
      return {text, first_bytes(text)};
    }
    case Type::list: {
      std::string composed;
      writer_.append_text(composed, field, value_);
      const auto text = keep(composed);
      return {text, first_bytes(text)};
    }
    case Type::number:
    case Type::flag: {
      const bool known = value_.state() == Value::State::number || value_.state() == Value::State::word;
      return {{}, known ? value_.number() : kUndefined};
    }
    default: return {{}, value_.number()};
  }
}

void Table::add_cell(std::size_t column, Cell& cell) {
  const Field& field = readers_[column].field();
  cell.offset = bytes_.size();
  if (settings_->format != Format::basic)
    writer_.append_json(bytes_, field, value_);
  else
    writer_.append_text(bytes_, field, value_);
  cell.length = bytes_.size() - cell.offset;
  widths_[column] = std::max(widths_[column], cell.length);
}

void Table::add(const Row& row) {
  const std::size_t first_cell = cells_.size();
  const std::size_t first_key = keys_.size();
  cells_.insert(cells_.end(), absent_cells_.begin(), absent_cells_.end());
  keys_.resize(first_key + key_sources_.size());
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    // Many columns concern kinds of volume that are not there.
    if (keys_of_column_[i] == 0 && readers_[i].always_absent()) continue;
    readers_[i].read(row, value_);
    if (value_.state() != Value::State::absent) add_cell(i, cells_[first_cell + i]);
    if (keys_of_column_[i] == 0) continue;
    for (std::size_t k = 0; k < key_sources_.size(); ++k)
      if (key_sources_[k].column == i) keys_[first_key + k] = key_of(readers_[i].field());
  }
  for (std::size_t k = 0; k < key_sources_.size(); ++k) {
    if (key_sources_[k].column != kNoColumn) continue;
    key_sources_[k].reader.read(row, value_);
    keys_[first_key + k] = key_of(key_sources_[k].reader.field());
  }
  order_.push_back(static_cast<std::uint32_t>(order_.size()));
}

bool Table::before(std::uint32_t left, std::uint32_t right) const {
  const std::size_t count = key_sources_.size();
  const Key* a = &keys_[left * count];
  const Key* b = &keys_[right * count];
  for (std::size_t i = 0; i < count; ++i) {
    int order = a[i].number < b[i].number ? -1 : a[i].number > b[i].number ? 1 : 0;
    // Neighbours often share a text: the name of their VG.
    if (order == 0 && a[i].text.data() != b[i].text.data()) order = a[i].text.compare(b[i].text);
    if (order != 0) return key_sources_[i].descending ? order > 0 : order < 0;
  }
  return false;
}

void Table::sort() {
  if (key_sources_.empty()) return;
  const auto in_order = [this](std::uint32_t left, std::uint32_t right) { return before(left, right); };
  if (!std::is_sorted(order_.begin(), order_.end(), in_order)) std::stable_sort(order_.begin(), order_.end(), in_order);
}

void Table::drop_empty(const std::vector<const Field*>& fields, bool every_field) {
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    const Field* field = &readers_[i].field();
    if (!every_field && std::find(fields.begin(), fields.end(), field) == fields.end()) continue;
    bool empty = true;
    for (std::size_t row = 0; row < row_count() && empty; ++row) {
      const auto text = cell(row, i);
      empty = text.empty() || text == "\"\"" || text == "null" || text == "[]";
    }
    shown_[i] = empty ? 0 : 1;
  }
}

}  // namespace lvm::report
