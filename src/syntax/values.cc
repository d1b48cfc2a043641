// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "syntax/parser.h"
#include "syntax/scan.h"

namespace lvm::syntax {

const char* Parser::value(const char* at, std::uint32_t index, bool in_array) {
  if (*at == '[' && !in_array) return array(at + 1, index);
  Record& record = records()[index];
  const char* end;
  if (*at == '"')
    end = double_quoted(at + 1, record);
  else if (has_class(*at, kNumber))
    end = number(at, record);
  else if (*at == '\'')
    end = raw_string(at + 1, record);
  else
    end = word(at, record, in_array);
  if (end != nullptr) [[likely]]
    record.end = offset(end);
  return end;
}

// Elements follow each other with or without commas; writers put them.
const char* Parser::array(const char* at, std::uint32_t index) {
  std::uint32_t first = 0, last = 0, count = 0;
  for (at = skip_space(at); *at != ']'; at = skip_space(at)) {
    auto element = static_cast<std::uint32_t>(records().size());
    records().emplace_back().begin = offset(at);
    at = value(at, element, true);
    if (at == nullptr) return nullptr;
    if (count++ == 0)
      first = element;
    else
      records()[last].next = element;
    last = element;
    at = skip_space(at);
    if (*at == ',') ++at;
  }
  Record& record = records()[index];
  record.kind = Kind::array;
  record.children.offset = first;
  record.children.length = count;
  record.end = offset(++at);
  return at;
}

// Decimal integers of up to 18 digits are the rule; the rest goes the slow way.
const char* Parser::number(const char* at, Record& record) {
  const char* begin = at;
  if (*at == '-' || *at == '+') ++at;
  const char* digits = at;
  std::int64_t number = 0;
  for (; has_class(*at, kDigit) && at - digits < 18; ++at) number = number * 10 + (*at - '0');
  if (at == digits || *at == '.' || has_class(*at, kDigit) || (*digits == '0' && at - digits > 1)) [[unlikely]]
    return slow_number(begin, record);
  record.kind = Kind::integer;
  record.integer = *begin == '-' ? -number : number;
  return at;
}

// Fractions, long integers and octal ones (a leading zero), as strtoll reads them with base 0.
const char* Parser::slow_number(const char* at, Record& record) {
  const char* begin = at;
  if (*at == '-' || *at == '+') ++at;
  bool fraction = false;
  for (; has_class(*at, kDigit) || (*at == '.' && !fraction); ++at) fraction |= *at == '.';
  std::string_view token(begin, at);
  if (fraction) {
    const char* from = *begin == '+' ? begin + 1 : begin;
    auto [end, problem] = std::from_chars(from, at, record.real);
    if (problem != std::errc() || end != at)
      return wrong(begin, fmt::format("\"{}\" is not a number", token));
    record.kind = Kind::real;
    return at;
  }
  std::string copy(token);
  char* end = nullptr;
  errno = 0;
  std::int64_t number = std::strtoll(copy.c_str(), &end, 0);
  if (errno == ERANGE) return wrong(begin, fmt::format("integer {} does not fit into 64 bits", token));
  if (*end != '\0' || end == copy.c_str())
    return wrong(begin, fmt::format("\"{}\" is not a number", token));
  record.kind = Kind::integer;
  record.integer = number;
  return at;
}

const char* Parser::double_quoted(const char* at, Record& record) {
  const char* stop = string_stop(at);
  if (*stop != '"') [[unlikely]]
    return escaped_string(at, stop, record);
  record.kind = Kind::string;
  record.text = {offset(at), static_cast<std::uint32_t>(stop - at)};
  return stop + 1;
}

// A backslash protects a quote or a backslash; before anything else it stands for itself.
const char* Parser::escaped_string(const char* begin, const char* stop, Record& record) {
  std::string plain(begin, stop);
  const char* at = stop;
  for (; *at != '"'; ++at) {
    if (*at == '\\' && (at[1] == '"' || at[1] == '\\')) ++at;
    if (*at == '\0') return wrong(begin, "unterminated string, expected \"");
    plain.push_back(*at);
  }
  record.kind = Kind::string;
  record.escaped = true;
  record.text = {static_cast<std::uint32_t>(document_.unescaped_.size()), 0};
  document_.unescaped_.push_back(std::move(plain));
  return at + 1;
}

const char* Parser::raw_string(const char* at, Record& record) {
  const char* begin = at;
  for (; *at != '\''; ++at)
    if (*at == '\0') return wrong(begin, "unterminated string, expected '");
  record.kind = Kind::string;
  record.text = {offset(begin), static_cast<std::uint32_t>(at - begin)};
  return at + 1;
}

// A bare word. In an array it also ends at a comma or bracket, or it could not be followed by one.
const char* Parser::word(const char* at, Record& record, bool in_array) {
  const char* begin = at;
  while (!has_class(*at, kNameEnd) && !(in_array && (*at == ',' || *at == ']' || *at == '['))) ++at;
  if (at == begin)
    return wrong(at, *at == '\0' ? std::string("the text ends, expected a value")
                                 : fmt::format("found {}, expected a value{}", *at, in_array ? " or ]" : ""));
  record.kind = Kind::word;
  record.text = {offset(begin), static_cast<std::uint32_t>(at - begin)};
  return at;
}

}  // namespace lvm::syntax
