// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "syntax/parser.h"
#include "syntax/scan.h"

namespace lvm::syntax {

const char* Parser::rare_value(const char* at, Record& record, bool in_array) {
  if (*at == '"') return escaped_string(at + 1, at + 1, record);
  if (*at == '\'') return raw_string(at + 1, record);
  if (has_class(*at, kNumber)) return slow_number(at, record);
  return word(at, record, in_array);
}

// Any number: also fractions, signs, 19 digits and octal integers (a leading zero), which are read as strtoll
// does with base 0.
const char* Parser::slow_number(const char* at, Record& record) {
  const char* begin = at;
  if (*at == '-' || *at == '+') ++at;
  bool fraction = false;
  for (; has_class(*at, kDigit) || (*at == '.' && !fraction); ++at) fraction |= *at == '.';
  std::string_view token(begin, at);
  if (fraction) {
    const char* from = *begin == '+' ? begin + 1 : begin;
    auto [end, problem] = std::from_chars(from, at, record.real);
    if (problem != std::errc() || end != at) return wrong(begin, fmt::format("\"{}\" is not a number", token));
    record.kind = Kind::real;
    return at;
  }
  std::string copy(token);
  char* end = nullptr;
  errno = 0;
  std::int64_t number = std::strtoll(copy.c_str(), &end, 0);
  if (errno == ERANGE) return wrong(begin, fmt::format("integer {} does not fit into 64 bits", token));
  if (*end != '\0' || end == copy.c_str()) return wrong(begin, fmt::format("\"{}\" is not a number", token));
  record.kind = Kind::integer;
  record.integer = number;
  return at;
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
