// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "syntax/document.h"

namespace lvm::syntax {

// One pass over the bytes of a document's text, filling its records. Private to Document::parse.
//
// The common line costs no look-up: a repeated name is noticed through two 64-bit filters per open section,
// one for values and one for sections, and only a section whose filter was hit is looked at again.
class Parser {
 public:
  explicit Parser(Document& document) : document_(document), text_(document.text_.data()) {}

  Result<> run();

 private:
  using Record = Document::Record;

  // A section that is open.
  struct Frame {
    std::uint32_t record = 0;
    std::uint32_t last_child = 0;
    std::uint64_t value_filter = 0;
    std::uint64_t section_filter = 0;
    bool suspect = false;     // a name may stand in it twice
    bool indexed = false;     // its sub-sections are in sections_
    std::uint8_t levels = 1;  // how many frames its `}` closes: `a/b {` opens two
  };
  struct Name {
    const char* begin;
    const char* end;
  };
  struct SectionKey {
    std::uint32_t parent;
    std::string_view name;
    bool operator==(const SectionKey&) const = default;
  };
  struct SectionHash {
    std::size_t operator()(const SectionKey& key) const {
      return std::hash<std::string_view>()(key.name) * 31 + key.parent * 0x9E3779B97F4A7C15ull;
    }
  };

  // Each takes the position to read from and returns the position after, or null: then error_ is set.
  const char* body(const char* at);
  const char* entry(const char* at);
  const char* assignment(const char* at, const char* begin, Name name);
  const char* path_entry(const char* at, const char* begin, Name name);
  const char* open(const char* at, const char* begin, Name name);
  const char* close(const char* at);
  const char* value(const char* at, std::uint32_t index, bool in_array);
  const char* array(const char* at, std::uint32_t index);
  const char* number(const char* at, Record& record);
  const char* slow_number(const char* at, Record& record);
  const char* double_quoted(const char* at, Record& record);
  const char* escaped_string(const char* begin, const char* backslash, Record& record);
  const char* raw_string(const char* at, Record& record);
  const char* word(const char* at, Record& record, bool in_array);

  bool enter(const char* begin, Name name);
  std::uint32_t find_section(Name name);
  void index_sections();
  std::uint32_t add_named(const char* begin, Name name);
  void pop_frame();

  void resolve_duplicates();
  void resolve_duplicates(std::uint32_t section);
  void warn_twice(std::uint32_t index);
  void take_value(std::uint32_t to, std::uint32_t from);
  void relink(std::uint32_t section, const std::vector<std::uint32_t>& children,
              const std::vector<std::uint32_t>& dropped);

  const char* wrong(const char* at, std::string_view what);
  std::uint32_t offset(const char* at) const { return static_cast<std::uint32_t>(at - text_); }
  std::string_view name_of(const Record& record) const {
    return {text_ + record.name_offset, record.name_length};
  }
  std::vector<Record>& records() { return document_.records_; }
  Frame& top() { return frames_[depth_]; }

  Document& document_;
  const char* text_;
  std::uint32_t depth_ = 0;
  std::array<Frame, Document::kMaxDepth> frames_;
  std::unordered_map<SectionKey, std::uint32_t, SectionHash> sections_;
  std::unordered_map<std::uint32_t, std::uint32_t> last_of_reopened_;
  std::vector<std::uint32_t> suspects_;
  std::optional<Error> error_;
};

}  // namespace lvm::syntax
