// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace lvm::report {

// What a field holds: how its cells look, sort and compare.
enum class Type : std::uint8_t { string, number, size, percent, time, list, flag };

// A share of the whole in the kernel's fixed point: 100% is kPercentWhole.
inline constexpr std::uint64_t kPercentWhole = 100'000'000;

// One cell before it is written. A field's getter fills it; one Value serves every cell of a report, so
// that composing a cell costs no memory of its own. A fresh Value is absent: shown as nothing.
class Value {
 public:
  enum class State : std::uint8_t {
    absent,     // nothing to say: an empty cell; null in typed output
    undefined,  // a flag or number that cannot be known now
    text,
    number,  // also size (sectors), percent, time (seconds), flag (0 or 1)
    word,    // a number that is shown as a word: "auto", "unmanaged"
    list,
  };

  void clear() {
    // Most cells neither compose nor list: what they left alone is not touched again.
    if (state_ != State::absent || used_) {
      state_ = State::absent;
      number_ = 0;
      text_ = match_ = {};
      if (used_) {
        stable_ = true;
        match_stable_apart_ = false;
        items_.clear();
        buffer_.clear();
        separator_ = '\0';
        used_ = false;
      }
    }
  }

  // `text` must outlive the report: it lies in the World or is a literal.
  void set_text(std::string_view text) {
    state_ = State::text;
    text_ = match_ = text;
  }
  // Compose with buffer(), then call set_composed().
  std::string& buffer() {
    used_ = true;
    return buffer_;
  }
  void set_composed() {
    state_ = State::text;
    text_ = match_ = buffer_;
    stable_ = false;
  }
  // What sorting and selection see instead of the text shown: "lvol0" behind "[lvol0]". Must outlive the report.
  void set_match(std::string_view match) {
    used_ = true;
    match_ = match;
    match_stable_apart_ = true;
  }

  void set_number(std::uint64_t number) {
    state_ = State::number;
    number_ = number;
  }
  // -1 is the domain's "not known" or "none": it is shown as it stands, and is undefined to selections.
  void set_signed(std::int64_t number) {
    state_ = State::number;
    number_ = static_cast<std::uint64_t>(number);
  }
  void set_size(Sectors size) { set_number(size.n); }
  void set_flag(bool on) { set_number(on ? 1 : 0); }
  void set_undefined() { state_ = State::undefined; }
  // kPercentWhole times part / whole. Absent when whole is 0.
  void set_percent(std::uint64_t part, std::uint64_t whole);
  // A number with a name of its own; `number` is what it sorts and compares as.
  void set_word(std::string_view word, std::uint64_t number) {
    state_ = State::word;
    text_ = word;
    number_ = number;
  }

  // Lists: start_list(), then add_item() for texts that outlive the report, or compose in buffer() and
  // end_item() after each.
  void start_list(char separator = '\0') {
    state_ = State::list;
    used_ = true;
    separator_ = separator;
  }
  void add_item(std::string_view item) { items_.push_back({item.data(), 0, item.size()}); }
  void end_item() {
    const std::size_t start = composed_end();
    items_.push_back({nullptr, start, buffer_.size() - start});
  }
  void sort_items();

  State state() const { return state_; }
  std::string_view text() const { return text_; }
  std::string_view match() const { return match_; }
  bool match_is_stable() const { return stable_ || match_stable_apart_; }
  std::uint64_t number() const { return number_; }
  std::size_t item_count() const { return items_.size(); }
  std::string_view item(std::size_t index) const {
    const Item& item = items_[index];
    return {item.data != nullptr ? item.data : buffer_.data() + item.offset, item.length};
  }
  // Between items when the field insists on its own separator; NUL: the setting's.
  char separator() const { return separator_; }

 private:
  struct Item {
    const char* data;  // null: in buffer_ at offset
    std::size_t offset;
    std::size_t length;
  };
  std::size_t composed_end() const {
    for (auto i = items_.size(); i-- > 0;)
      if (items_[i].data == nullptr) return items_[i].offset + items_[i].length;
    return 0;
  }

  State state_ = State::absent;
  bool used_ = false;  // something beyond state, number and texts was set
  bool stable_ = true;
  bool match_stable_apart_ = false;
  char separator_ = '\0';
  std::uint64_t number_ = 0;
  std::string_view text_, match_;
  std::vector<Item> items_;
  std::string buffer_;
};

}  // namespace lvm::report
