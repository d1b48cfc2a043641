// SPDX-License-Identifier: LGPL-2.1-or-later
#include "syntax/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "syntax/scan.h"

// The hot path must be one function: calls between its parts cost more than the parts.
#define LVM_HOT [[gnu::always_inline]] inline

namespace lvm::syntax {

Result<Document> Document::parse(std::string text, std::string_view source) {
  // Offsets and links are 32 bits wide, and a node takes one byte of text at least.
  if (text.size() > std::numeric_limits<std::uint32_t>::max() - kScanPadding)
    return fail(Code::corrupt, fmt::format("{}: the text is larger than 4 GiB", source));
  Document document;
  document.source_ = source;
  document.text_ = std::move(text);
  document.text_.append(kScanPadding, '\0');
  Parser parser(document);
  TRY(parser.run());
  return document;
}

// Metadata texts have about one node per 15 bytes; room that stays unused is never touched.
Parser::Parser(Document& document)
    : document_(document),
      text_(document.text_.data()),
      capacity_(static_cast<std::uint32_t>(document.text_.size() / 12)) {
  grow();
}

void Parser::grow() {
  std::uint32_t wanted = count_ == 0 ? capacity_ + 16 : capacity_ + capacity_ / 2;
  auto larger = std::make_unique_for_overwrite<Record[]>(wanted);
  std::copy_n(records_, count_, larger.get());
  document_.records_ = std::move(larger);
  records_ = document_.records_.get();
  capacity_ = wanted;
}

Result<> Parser::run() {
  add_record(text_);
  records_[0].name_offset = records_[0].name_length = 0;
  records_[0].kind = Kind::section;
  records_[0].first_child = 0;
  top_ = &frames_[0];
  top_->link = link_of_first_child(0);
  const char* end = body(text_);
  if (end == nullptr) return std::unexpected(std::move(*error_));
  records_[0].end = offset(end);
  if (top_->suspect || (top_->value_filter & top_->section_filter) != 0) suspects_.push_back(0);
  if (!suspects_.empty()) resolve_duplicates();
  return {};
}

LVM_HOT const char* Parser::integer(const char* at, Record& record) {
  const char* begin = at;
  std::int64_t number = *at - '0';
  unsigned digit;
  while ((digit = static_cast<unsigned>(*++at - '0')) < 10 && at - begin < 18) number = number * 10 + digit;
  record.kind = Kind::integer;
  record.integer = number;
  // Fractions, octal and long numbers, which the loop above did not finish.
  if (digit < 10 || *at == '.' || (*begin == '0' && at - begin > 1)) [[unlikely]]
    return slow_number(begin, record);
  return at;
}

LVM_HOT const char* Parser::array(const char* at, std::uint32_t index) {
  records_[index].kind = Kind::array;
  records_[index].first_child = 0;
  std::size_t link = link_of_first_child(index);
  for (at = skip_space(at); *at != ']';) {
    std::uint32_t element = add_record(at);
    Record& record = records_[element];
    record.name_offset = record.name_length = 0;
    __builtin_memcpy(reinterpret_cast<char*>(records_) + link, &element, sizeof element);
    link = link_of_next(element);
    const char* stop;
    if (*at == '"' && *(stop = string_stop(at + 1)) == '"') [[likely]] {
      record.kind = Kind::string;
      record.text = {offset(at + 1), static_cast<std::uint32_t>(stop - at - 1)};
      at = stop + 1;
    } else if (has_class(*at, kDigit)) {
      at = integer(at, record);
      if (at == nullptr) return nullptr;
    } else {
      at = rare_value(at, record, true);
      if (at == nullptr) return nullptr;
    }
    record.end = offset(at);
    // Elements follow each other with or without commas; writers put them.
    at = skip_space(at);
    if (*at == ',') at = skip_space(at + 1);
  }
  records_[index].end = offset(++at);
  return at;
}

LVM_HOT const char* Parser::value(const char* at, std::uint32_t index) {
  Record& record = records_[index];
  if (*at == '"') {
    const char* begin = ++at;
    at = string_stop(at);
    record.kind = Kind::string;
    record.text = {offset(begin), static_cast<std::uint32_t>(at - begin)};
    if (*at != '"') [[unlikely]] {
      at = escaped_string(begin, at, record);
      if (at == nullptr) return nullptr;
    } else {
      ++at;
    }
  } else if (has_class(*at, kDigit)) {
    at = integer(at, record);
    if (at == nullptr) return nullptr;
  } else if (*at == '[') {
    return array(at + 1, index);
  } else {
    at = rare_value(at, record, false);
    if (at == nullptr) return nullptr;
  }
  record.end = offset(at);
  return at;
}

LVM_HOT const char* Parser::assignment(const char* at, const char* begin, Name name) {
  std::uint32_t index = add_named(begin, name);
  records_[index].name_bit = filter_bit(name.begin, name.end);
  note_value(records_[index].name_bit);
  return value(at, index);
}

// The values from the one to the other come again `shift` bytes further on. The elements of their lists are not
// copied: the same bytes stand for them already.
LVM_HOT void Parser::copy_values(std::uint32_t from, std::uint32_t last, std::uint32_t shift) {
  std::uint32_t index = count_;
  __builtin_memcpy(reinterpret_cast<char*>(records_) + top_->link, &index, sizeof index);
  for (std::uint32_t at = from;; at = records_[at].next, ++index) {
    if (index == capacity_) [[unlikely]] {
      count_ = index;
      grow();
    }
    Record& copy = records_[index];
    __builtin_memcpy(&copy, &records_[at], sizeof copy);  // quicker than field by field
    copy.name_offset += shift;
    copy.begin += shift;
    copy.end += shift;
    if ((copy.kind == Kind::string || copy.kind == Kind::word) && !copy.escaped) copy.text.offset += shift;
    copy.next = index + 1;
    if (at == last) break;
  }
  records_[index].next = 0;
  top_->link = link_of_next(index);
  count_ = index + 1;
}

// Takes over the values that come again from the top section's pattern on; where reading goes on.
LVM_HOT const char* Parser::repeated(const char* at) {
  const std::uint32_t from = top_->pattern, start = records_[from].begin;
  if (records_[from].kind == Kind::section) return at;
  const std::size_t same = common_length(text_ + start, at);
  std::uint32_t last = 0, next = from;
  do {
    const Record& record = records_[next];
    // Not quoted names, nor the last parts of paths: their own text is not all that they mean.
    if (record.end - start >= same || record.name_offset != record.begin || record.kind == Kind::section) break;
    note_value(record.name_bit);
    last = next;
    next = record.next;
  } while (next != 0);
  if (last == 0) {
    top_->pattern = records_[from].next;
    return at;
  }
  const std::uint32_t shift = offset(at) - start;
  copy_values(from, last, shift);
  top_->pattern = next;
  return skip_space(text_ + records_[last].end + shift);
}

// One `name = value` or `name {`.
LVM_HOT const char* Parser::entry(const char* at) {
  if (has_class(*at, kRareStart)) [[unlikely]]
    return rare_entry(at);
  bool slash = false;
  Name name{at, name_end(at, slash)};
  if (slash) [[unlikely]]
    return path_entry(name.end, at, name);
  at = name.end;
  if (at[0] == ' ') ++at;
  if (*at != '=' && *at != '{') [[unlikely]]
    at = skip_space(at);
  if (*at == '=') {
    if (*++at == ' ') ++at;
    if (has_class(*at, kSpace | kRareStart)) [[unlikely]]
      at = skip_space(at);
    return assignment(at, name.begin, name);
  }
  if (*at == '{') return enter(name.begin, name) ? at + 1 : nullptr;
  return lonely_name(at, name);
}

LVM_HOT const char* Parser::close(const char* at) {
  if (top_ == &frames_[0]) return wrong(at, "found } outside any section, expected a name");
  ++at;
  for (std::uint8_t levels = top_->levels; levels != 0; --levels) {
    records_[top_->record].end = offset(at);
    pop_frame();
  }
  return at;
}

const char* Parser::body(const char* at) {
  for (;;) {
    at = skip_space(at);
    if (top_->pattern != 0) at = repeated(at);
    if (*at == '}')
      at = close(at);
    else if (*at != '\0') [[likely]]
      at = entry(at);
    else
      break;
    if (at == nullptr) return nullptr;
  }
  if (top_ != &frames_[0])
    return wrong(at, fmt::format("the text ends inside section \"{}\", expected }}", name_of(top_->record)));
  return at;
}

// The rest of entry() and path_entry() for quoted names, and what no entry may start with.
const char* Parser::rare_entry(const char* at) {
  if (*at != '"' && *at != '\'') return wrong(at, fmt::format("found {}, expected a name or }}", *at));
  const char* quote = at;
  for (++at; *at != *quote; ++at)
    if (*at == '\0') return wrong(quote, "unterminated quoted name, expected a closing quote");
  Name name{quote + 1, at++};
  if (name.begin == name.end) return wrong(quote, "found an empty name, expected a name or }");
  if (name.view().contains('/')) return path_entry(at, quote, name);
  at = skip_space(at);
  if (*at == '=') return assignment(skip_space(at + 1), quote, name);
  if (*at == '{') return enter(quote, name) ? at + 1 : nullptr;
  return lonely_name(at, name);
}

// `a/b = value` and `a/b {`: every part but the last is a section. Empty parts count for nothing.
const char* Parser::path_entry(const char* at, const char* begin, Name name) {
  std::uint8_t entered = 0;
  for (;;) {
    while (name.begin != name.end && *name.begin == '/') ++name.begin;
    // Such a part could not be written back: outside a path it would be a quoted name.
    if (*name.begin == '"' || *name.begin == '\'')
      return wrong(begin, fmt::format("found {} after a /, expected a plain name", *name.begin));
    const char* slash = std::find(name.begin, name.end, '/');
    if (slash == name.end) break;
    if (!enter(begin, {name.begin, slash})) return nullptr;
    ++entered;
    name.begin = slash + 1;
  }
  if (name.begin == name.end) return wrong(begin, "the name ends with /, expected a key after it");
  at = skip_space(at);
  if (*at == '{') {
    if (!enter(begin, name)) return nullptr;
    top_->levels = static_cast<std::uint8_t>(entered + 1);
    return at + 1;
  }
  if (*at != '=') return lonely_name(at, name);
  at = assignment(skip_space(at + 1), begin, name);
  if (at == nullptr) return nullptr;
  for (; entered != 0; --entered) {
    records_[top_->record].end = offset(at);
    pop_frame();
  }
  return at;
}

const char* Parser::lonely_name(const char* at, Name name) {
  return wrong(at, fmt::format("name \"{}\" stands alone, expected = or {{ after it", name.view()));
}

const char* Parser::wrong(const char* at, std::string_view what) {
  auto line = std::count(text_, at, '\n') + 1;
  error_.emplace(Code::corrupt, fmt::format("{}:{}: {}", document_.source_, line, what));
  return nullptr;
}

}  // namespace lvm::syntax
