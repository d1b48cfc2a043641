// SPDX-License-Identifier: LGPL-2.1-or-later
#include "syntax/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "syntax/scan.h"

namespace lvm::syntax {

namespace {

constexpr std::size_t kFilterLength = 1, kFilterFirst = 41, kFilterInner = 13;

// One bit for a name. Tuned so that the keys of one LV, segment or PV section all differ.
std::uint64_t filter_bit(const char* begin, const char* end) {
  auto length = static_cast<std::size_t>(end - begin);
  auto first = static_cast<unsigned char>(begin[0]);
  auto inner = static_cast<unsigned char>(begin[length * 3 / 4]);
  return std::uint64_t{1} << ((length * kFilterLength + first * kFilterFirst + inner * kFilterInner) & 63);
}

}  // namespace

Result<Document> Document::parse(std::string text, std::string_view source) {
  // Offsets are 32 bits wide.
  if (text.size() > std::numeric_limits<std::uint32_t>::max() - kScanPadding)
    return fail(Code::corrupt, fmt::format("{}: the text is larger than 4 GiB", source));
  Document document;
  document.source_ = source;
  document.text_ = std::move(text);
  // Metadata texts have about one node per 20 bytes.
  document.records_.reserve(document.text_.size() / 18 + 16);
  document.text_.append(kScanPadding, '\0');
  Parser parser(document);
  TRY(parser.run());
  return document;
}

Result<> Parser::run() {
  records().emplace_back();
  frames_[0] = Frame{};
  const char* end = body(text_);
  if (end == nullptr) return std::unexpected(std::move(*error_));
  records()[0].end = offset(end);
  if (top().suspect) suspects_.push_back(0);
  if (!suspects_.empty()) resolve_duplicates();
  return {};
}

const char* Parser::body(const char* at) {
  for (;;) {
    at = skip_space(at);
    if (*at == '}')
      at = close(at);
    else if (*at == '\0')
      break;
    else
      at = entry(at);
    if (at == nullptr) return nullptr;
  }
  if (depth_ != 0)
    return wrong(at, fmt::format("the text ends inside section \"{}\", expected }}",
                                 name_of(records()[top().record])));
  return at;
}

// One `name = value` or `name {`.
const char* Parser::entry(const char* at) {
  const char* begin = at;
  Name name;
  bool slash = false;
  if (*at == '"' || *at == '\'') [[unlikely]] {
    const char* quote = at;
    for (++at; *at != *quote; ++at)
      if (*at == '\0') return wrong(quote, "unterminated quoted name, expected a closing quote");
    name = {quote + 1, at++};
    slash = memchr(name.begin, '/', static_cast<std::size_t>(name.end - name.begin)) != nullptr;
  } else {
    at = name_end(at, slash);
    name = {begin, at};
  }
  if (name.begin == name.end) [[unlikely]]
    return wrong(begin, fmt::format("found {}, expected a name or }}",
                                    *begin == '"' || *begin == '\'' ? "an empty name" : std::string(1, *begin)));
  if (slash) [[unlikely]]
    return path_entry(at, begin, name);
  at = skip_space(at);
  if (*at == '=') [[likely]]
    return assignment(at + 1, begin, name);
  if (*at == '{') return open(at + 1, begin, name);
  return wrong(at, fmt::format("name \"{}\" stands alone, expected = or {{ after it",
                               std::string_view(name.begin, name.end)));
}

const char* Parser::assignment(const char* at, const char* begin, Name name) {
  std::uint32_t index = add_named(begin, name);
  Frame& frame = top();
  std::uint64_t bit = filter_bit(name.begin, name.end);
  frame.suspect |= (frame.value_filter & bit) != 0;
  frame.value_filter |= bit;
  return value(skip_space(at), index, false);
}

// `a/b = value` and `a/b {`: every part but the last is a section. Empty parts count for nothing.
const char* Parser::path_entry(const char* at, const char* begin, Name name) {
  std::uint8_t entered = 0;
  for (;;) {
    while (name.begin != name.end && *name.begin == '/') ++name.begin;
    const char* slash = std::find(name.begin, name.end, '/');
    if (slash == name.end) break;
    if (!enter(begin, {name.begin, slash})) return nullptr;
    ++entered;
    name.begin = slash + 1;
  }
  if (name.begin == name.end) return wrong(begin, "the name ends with /, expected a key after it");
  at = skip_space(at);
  if (*at == '{') {
    at = open(at + 1, begin, name);
    if (at != nullptr) top().levels = static_cast<std::uint8_t>(entered + 1);
    return at;
  }
  if (*at != '=') return wrong(at, "a name stands alone, expected = or { after it");
  at = assignment(at + 1, begin, name);
  if (at == nullptr) return nullptr;
  for (; entered != 0; --entered) {
    records()[top().record].end = offset(at);
    pop_frame();
  }
  return at;
}

const char* Parser::open(const char* at, const char* begin, Name name) {
  return enter(begin, name) ? at : nullptr;
}

const char* Parser::close(const char* at) {
  if (depth_ == 0) return wrong(at, "found } outside any section, expected a name");
  ++at;
  for (std::uint8_t levels = top().levels; levels != 0; --levels) {
    records()[top().record].end = offset(at);
    pop_frame();
  }
  return at;
}

// Opens a section in the top one, or again if it has been there.
bool Parser::enter(const char* begin, Name name) {
  if (depth_ + 1 == Document::kMaxDepth)
    return wrong(begin, fmt::format("sections nest deeper than {}", Document::kMaxDepth - 1)) != nullptr;
  Frame frame;
  frame.record = find_section(name);
  if (frame.record != 0) {
    // A name that stands in both parts shows only when all is read.
    frame.suspect = true;
    frame.section_filter = ~std::uint64_t{0};
    frame.last_child = last_of_reopened_[frame.record];
    if (frame.last_child == 0) {
      std::uint32_t at = records()[frame.record].children.offset;
      for (; at != 0; at = records()[at].next) frame.last_child = at;
    }
  } else {
    frame.record = add_named(begin, name);
    Frame& parent = top();
    parent.section_filter |= filter_bit(name.begin, name.end);
    if (parent.indexed)
      sections_.emplace(SectionKey{parent.record, {name.begin, name.end}}, frame.record);
  }
  frames_[++depth_] = frame;
  return true;
}

std::uint32_t Parser::find_section(Name name) {
  Frame& frame = top();
  if ((frame.section_filter & filter_bit(name.begin, name.end)) == 0) return 0;
  if (!frame.indexed) index_sections();
  auto found = sections_.find(SectionKey{frame.record, {name.begin, name.end}});
  return found == sections_.end() ? 0 : found->second;
}

void Parser::index_sections() {
  Frame& frame = top();
  frame.indexed = true;
  for (std::uint32_t at = records()[frame.record].children.offset; at != 0; at = records()[at].next)
    if (records()[at].kind == Kind::section)
      sections_.emplace(SectionKey{frame.record, name_of(records()[at])}, at);
}

std::uint32_t Parser::add_named(const char* begin, Name name) {
  auto index = static_cast<std::uint32_t>(records().size());
  Record& record = records().emplace_back();
  record.begin = offset(begin);
  record.name_offset = offset(name.begin);
  record.name_length = static_cast<std::uint32_t>(name.end - name.begin);
  Frame& frame = top();
  Record& parent = records()[frame.record];
  if (frame.last_child == 0)
    parent.children.offset = index;
  else
    records()[frame.last_child].next = index;
  ++parent.children.length;
  frame.last_child = index;
  return index;
}

void Parser::pop_frame() {
  Frame& frame = top();
  if (frame.suspect || (frame.value_filter & frame.section_filter) != 0) {
    suspects_.push_back(frame.record);
    // It may be opened again: remember where to append.
    last_of_reopened_[frame.record] = frame.last_child;
  }
  --depth_;
}

const char* Parser::wrong(const char* at, std::string_view what) {
  auto line = std::count(text_, at, '\n') + 1;
  error_.emplace(Code::corrupt, fmt::format("{}:{}: {}", document_.source_, line, what));
  return nullptr;
}

}  // namespace lvm::syntax
