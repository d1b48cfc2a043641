// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/table.h"

#include <algorithm>
#include <cstring>

namespace lvm::report {

Table::Table(const Columns& columns, const Settings& settings) : settings_(&settings), writer_(settings) {
  for (const Field* field : columns.shown) {
    readers_.emplace_back(*field);
    widths_.push_back(field->width);
  }
  shown_.assign(readers_.size(), true);
  for (const SortKey& key : columns.keys) {
    key_readers_.emplace_back(*key.field);
    descending_.push_back(key.descending);
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

// Numbers that are not known sort above all others; sizes and shares that do not apply sort as nothing.
Table::Key Table::key_of(const Field& field) {
  switch (field.type) {
    case Type::string: return {value_.match_is_stable() ? value_.match() : keep(value_.match()), 0};
    case Type::list: {
      std::string text;
      writer_.append_text(text, field, value_);
      return {keep(text), 0};
    }
    case Type::number:
    case Type::flag: {
      const bool known = value_.state() == Value::State::number || value_.state() == Value::State::word;
      return {{}, known ? value_.number() : kUndefined};
    }
    default: return {{}, value_.number()};
  }
}

void Table::add(const Row& row) {
  const bool json = settings_->format != Format::basic;
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    readers_[i].read(row, value_);
    const std::size_t start = bytes_.size();
    if (json)
      writer_.append_json(bytes_, readers_[i].field(), value_);
    else
      writer_.append_text(bytes_, readers_[i].field(), value_);
    const std::size_t length = bytes_.size() - start;
    widths_[i] = std::max(widths_[i], length);
    cells_.push_back({start, length});
  }
  for (const auto& reader : key_readers_) {
    reader.read(row, value_);
    keys_.push_back(key_of(reader.field()));
  }
  order_.push_back(static_cast<std::uint32_t>(order_.size()));
}

bool Table::before(std::uint32_t left, std::uint32_t right) const {
  const Key* a = &keys_[left * key_readers_.size()];
  const Key* b = &keys_[right * key_readers_.size()];
  for (std::size_t i = 0; i < key_readers_.size(); ++i) {
    int order = a[i].number < b[i].number ? -1 : a[i].number > b[i].number ? 1 : 0;
    // Neighbours often share a text: the name of their VG.
    if (order == 0 && a[i].text.data() != b[i].text.data()) order = a[i].text.compare(b[i].text);
    if (order != 0) return descending_[i] ? order > 0 : order < 0;
  }
  return false;
}

void Table::sort() {
  if (key_readers_.empty()) return;
  std::stable_sort(order_.begin(), order_.end(),
                   [this](std::uint32_t left, std::uint32_t right) { return before(left, right); });
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
    shown_[i] = !empty;
  }
}

}  // namespace lvm::report
