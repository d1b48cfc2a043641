// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "syntax/document.h"
#include "syntax/section_index.h"

namespace lvm::syntax {

// One pass over the bytes of a document's text, filling its records. Private to Document::parse.
//
// The common line costs no look-up: a repeated name is noticed through two 64-bit filters per open section,
// one for values and one for sections, and only a section whose filter was hit is looked at again. Sections that
// follow each other are alike: values that stand, byte for byte, where they stood in the section before are not read
// again, their records are copied.
class Parser {
 public:
  explicit Parser(Document& document);

  Result<> run();

 private:
  using Record = Document::Record;

  // A section that is open.
  struct Frame {
    std::uint64_t value_filter = 0;
    std::uint64_t section_filter = 0;
    std::size_t link = 0;  // where in records_, in bytes, the index of the next child belongs
    std::uint32_t record = 0;
    std::uint32_t pattern = 0;  // what stood here in the section before, and may come again; 0: nothing
    bool suspect = false;       // a name may stand in it twice
    bool indexed = false;       // its sub-sections are in sections_
    std::uint8_t levels = 1;    // how many frames its `}` closes: `a/b {` opens two
  };
  struct Name {
    const char* begin;
    const char* end;
    std::string_view view() const { return {begin, end}; }
  };

  // Each takes the position to read from and returns the position after, or null: then error_ is set.
  // parser.cc has the hot ones, parser_sections.cc and parser_values.cc those for the rarer forms.
  const char* body(const char* at);
  const char* repeated(const char* at);
  const char* entry(const char* at);
  const char* assignment(const char* at, const char* begin, Name name);
  const char* value(const char* at, std::uint32_t index);
  const char* array(const char* at, std::uint32_t index);
  const char* integer(const char* at, Record& record);
  const char* close(const char* at);

  const char* rare_entry(const char* at);
  const char* path_entry(const char* at, const char* begin, Name name);
  const char* lonely_name(const char* at, Name name);
  bool enter(const char* begin, Name name);
  std::uint32_t take_pattern();
  std::uint32_t find_section(std::uint32_t hash, Name name);
  void index_sections();
  void pop_frame();
  void note_value(std::uint8_t name_bit);
  void copy_values(std::uint32_t from, std::uint32_t last, std::uint32_t shift);

  const char* rare_value(const char* at, Record& record, bool in_array);
  const char* slow_number(const char* at, Record& record);
  const char* escaped_string(const char* begin, const char* backslash, Record& record);
  const char* raw_string(const char* at, Record& record);
  const char* word(const char* at, Record& record, bool in_array);

  void resolve_duplicates();
  void resolve_duplicates(std::uint32_t section);
  void warn_twice(std::uint32_t index);
  void take_value(std::uint32_t to, std::uint32_t from);
  void relink(std::uint32_t section, const std::vector<std::uint32_t>& children,
              const std::vector<std::uint32_t>& dropped);

  std::uint32_t add_record(const char* begin);
  std::uint32_t add_named(const char* begin, Name name);
  void grow();
  const char* wrong(const char* at, std::string_view what);

  std::uint32_t offset(const char* at) const { return static_cast<std::uint32_t>(at - text_); }
  std::string_view name_of(std::uint32_t index) const {
    return {text_ + records_[index].name_offset, records_[index].name_length};
  }
  static std::size_t link_of_next(std::uint32_t index) { return index * sizeof(Record) + offsetof(Record, next); }
  static std::size_t link_of_first_child(std::uint32_t index) {
    return index * sizeof(Record) + offsetof(Record, first_child);
  }

  Document& document_;
  const char* text_;
  Record* records_ = nullptr;  // document_.records_
  std::uint32_t count_ = 0, capacity_ = 0;
  Frame* top_ = nullptr;
  std::array<Frame, Document::kMaxDepth> frames_;
  SectionIndex sections_;
  // Sections opened again are not in the order of the text, as patterns have to be.
  bool patterns_ = true;
  // Where to go on with sections that were closed, if they are opened again.
  std::unordered_map<std::uint32_t, std::size_t> reopened_;
  std::vector<std::uint32_t> suspects_;
  std::optional<Error> error_;
};

// The number of a bit, 0 to 63, for a name. Tuned so that the keys of one LV, segment or PV section all differ.
inline std::uint8_t filter_bit(const char* begin, const char* end) {
  auto length = static_cast<std::size_t>(end - begin);
  auto first = static_cast<unsigned char>(begin[0]);
  auto inner = static_cast<unsigned char>(begin[length * 3 / 4]);
  return static_cast<std::uint8_t>((length + first * 41u + inner * 13u) & 63);
}

inline std::uint32_t Parser::add_record(const char* begin) {
  if (count_ == capacity_) [[unlikely]]
    grow();
  Record& record = records_[count_];
  record.begin = offset(begin);
  record.next = 0;
  record.escaped = false;
  return count_++;
}

inline std::uint32_t Parser::add_named(const char* begin, Name name) {
  std::uint32_t index = add_record(begin);
  records_[index].name_offset = offset(name.begin);
  records_[index].name_length = static_cast<std::uint32_t>(name.end - name.begin);
  __builtin_memcpy(reinterpret_cast<char*>(records_) + top_->link, &index, sizeof index);
  top_->link = link_of_next(index);
  return index;
}

// Notices a value's name that stands twice.
inline void Parser::note_value(std::uint8_t name_bit) {
  std::uint64_t bit = std::uint64_t{1} << name_bit;
  if ((top_->value_filter & bit) != 0) [[unlikely]]
    top_->suspect = true;
  top_->value_filter |= bit;
}

}  // namespace lvm::syntax
