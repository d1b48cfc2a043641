// SPDX-License-Identifier: LGPL-2.1-or-later
#include "syntax/printer.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace lvm::syntax {

namespace {

constexpr std::size_t kMaxTabs = 5;  // deeper levels are not indented further
constexpr std::size_t kTabWidth = 8;
constexpr std::size_t kMaxDigits = 24;
constexpr std::size_t kCommentColumn = 40;  // a comment stands here, or one tab after a longer line

// The writers below fill a buffer that is large enough and return the position after what they wrote.
char* put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

template <class T>
char* put_integer(char* out, T value) {
  return std::to_chars(out, out + kMaxDigits, value).ptr;
}

bool needs_escape(std::string_view value) {
  const char* at = value.data();
  const char* end = at + value.size();
#ifdef __SSE2__
  for (; end - at >= 16; at += 16) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    __m128i found = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    if (_mm_movemask_epi8(found) != 0) return true;
  }
#endif
  for (; at != end; ++at)
    if (*at == '"' || *at == '\\') return true;
  return false;
}

// At most twice the value and two quotes.
char* put_quoted(char* out, std::string_view value) {
  *out++ = '"';
  if (!needs_escape(value)) [[likely]] {
    out = put(out, value);
  } else {
    for (char c : value) {
      if (c == '"' || c == '\\') *out++ = '\\';
      *out++ = c;
    }
  }
  *out++ = '"';
  return out;
}

// Grows `text` once for everything `write` puts, which is no more than `room` bytes.
template <class Write>
void extend(std::string& text, std::size_t room, Write write) {
  std::size_t size = text.size();
  text.resize_and_overwrite(
      size + room, [&](char* data, std::size_t) { return static_cast<std::size_t>(write(data + size) - data); });
}

}  // namespace

void append_quoted(std::string& out, std::string_view value) {
  extend(out, value.size() * 2 + 2, [&](char* at) { return put_quoted(at, value); });
}

std::string quoted(std::string_view value) {
  std::string out;
  append_quoted(out, value);
  return out;
}

// One line: its tabs, then what `write` puts (`room` bytes at most), then its end.
template <class Write>
void Printer::line(std::size_t room, std::string_view comment, Write write) {
  bool commented = !comment.empty() && (depth_ == 0 || layout_ == Layout::file);
  if (commented) room += kMaxTabs + 3 + comment.size();
  extend(text_, room + kMaxTabs + 1, [&](char* begin) {
    auto tabs = layout_ == Layout::file ? std::min(depth_, kMaxTabs) : std::size_t{0};
    char* at = begin;
    for (std::size_t i = 0; i < tabs; ++i) *at++ = '\t';
    at = write(at);
    if (commented) {
      std::size_t column = static_cast<std::size_t>(at - begin) + tabs * (kTabWidth - 1);
      do {
        *at++ = '\t';
        column = (column / kTabWidth + 1) * kTabWidth;
      } while (depth_ != 0 && column < kCommentColumn);
      at = put(put(at, "# "), comment);
    }
    *at++ = '\n';
    return at;
  });
}

void Printer::open(std::string_view name) {
  line(name.size() + 2, {}, [&](char* at) { return put(put(at, name), " {"); });
  ++depth_;
}

void Printer::close() {
  --depth_;
  line(1, {}, [](char* at) { return put(at, "}"); });
}

void Printer::blank() { text_.push_back('\n'); }

void Printer::string(std::string_view key, std::string_view value, std::string_view comment) {
  line(key.size() + value.size() * 2 + 5, comment,
       [&](char* at) { return put_quoted(put(put(at, key), " = "), value); });
}

void Printer::integer(std::string_view key, std::int64_t value, std::string_view comment) {
  line(key.size() + 3 + kMaxDigits, comment, [&](char* at) { return put_integer(put(put(at, key), " = "), value); });
}

void Printer::number(std::string_view key, std::uint64_t value, std::string_view comment) {
  line(key.size() + 3 + kMaxDigits, comment, [&](char* at) { return put_integer(put(put(at, key), " = "), value); });
}

void Printer::strings(std::string_view key, std::span<const std::string_view> values) {
  std::size_t room = key.size() + 5;
  for (std::string_view value : values) room += value.size() * 2 + 4;
  line(room, {}, [&](char* at) {
    at = put(put(at, key), " = [");
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i != 0) at = put(at, ", ");
      at = put_quoted(at, values[i]);
    }
    return put(at, "]");
  });
}

void Printer::open_list(std::string_view key) {
  line(key.size() + 4, {}, [&](char* at) { return put(put(at, key), " = ["); });
  ++depth_;
}

void Printer::pair(std::string_view name, std::uint64_t start, bool last) {
  line(name.size() * 2 + 5 + kMaxDigits, {}, [&](char* at) {
    at = put_integer(put(put_quoted(at, name), ", "), start);
    return last ? at : put(at, ",");
  });
}

void Printer::pair(std::string_view first, std::string_view second, bool last) {
  line((first.size() + second.size()) * 2 + 7, {}, [&](char* at) {
    at = put_quoted(put(put_quoted(at, first), ", "), second);
    return last ? at : put(at, ",");
  });
}

void Printer::name(std::string_view name, bool last) {
  line(name.size() * 2 + 3, {}, [&](char* at) {
    at = put_quoted(at, name);
    return last ? at : put(at, ",");
  });
}

void Printer::close_list() {
  --depth_;
  line(1, {}, [](char* at) { return put(at, "]"); });
}

void Printer::comment_line(std::string_view text) {
  line(text.size() + 2, {}, [&](char* at) { return put(put(at, "# "), text); });
}

namespace {

// Takes a text apart into lines, not counting line breaks inside strings: indentation would change those.
// Quotes mean something at the start of a token only, so that it has to know where tokens start.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  bool done() const { return at_ >= text_.size(); }
  std::string_view next() {
    std::size_t begin = at_;
    while (!done() && text_[at_] != '\n') skip();
    return text_.substr(begin, at_++ - begin);
  }

 private:
  static constexpr std::string_view kNameEnds = " \t\n\v\f\r#={}";
  static constexpr std::string_view kElementEnds = " \t\n\v\f\r#={},[]";

  // One token or one separator.
  void skip() {
    char c = text_[at_];
    if (c == '"' || c == '\'') {
      skip_string(c);
      value_ = false;
    } else if ((value_ && c == '[') || (array_ && (c == ']' || c == ','))) {
      array_ = c != ']';
      value_ = false;
      ++at_;
    } else if (kNameEnds.find(c) != kNameEnds.npos) {
      value_ = c == '=' || (value_ && c != '{' && c != '}');
      ++at_;
    } else {
      at_ = std::min(text_.find_first_of(array_ ? kElementEnds : kNameEnds, at_ + 1), text_.size());
      value_ = false;
    }
  }
  void skip_string(char quote) {
    for (++at_; !done() && text_[at_] != quote; ++at_)
      if (quote == '"' && text_[at_] == '\\') ++at_;
    at_ = std::min(at_ + 1, text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool value_ = false;  // behind a '='
  bool array_ = false;
};

}  // namespace

void Printer::verbatim(std::string_view raw_text) {
  for (Lines lines(raw_text); !lines.done();) {
    std::string_view entry = lines.next();
    if (entry.empty()) {
      blank();
      continue;
    }
    // to_raw puts one entry on a line: only these open and close a level.
    if (entry == "}" || entry == "]") --depth_;
    line(entry.size(), {}, [&](char* at) { return put(at, entry); });
    if (entry.ends_with(" {") || entry.ends_with(" = [")) ++depth_;
  }
}

namespace {

void append_value(std::string& out, Node node) {
  switch (node.kind()) {
    case Kind::string: append_quoted(out, *node.string()); break;
    case Kind::word: out.append(*node.string()); break;
    case Kind::integer: extend(out, kMaxDigits, [&](char* at) { return put_integer(at, *node.integer()); }); break;
    case Kind::real: {
      char digits[400];
      auto end = std::to_chars(digits, digits + sizeof digits, *node.real(), std::chars_format::fixed).ptr;
      std::string_view text(digits, static_cast<std::size_t>(end - digits));
      out.append(text);
      // Without its point it would be read back as an integer.
      if (text.find('.') == text.npos) out.append(".0");
      break;
    }
    case Kind::array: {
      out.push_back('[');
      std::string_view separator;
      for (Node element : node.children()) {
        out.append(separator);
        append_value(out, element);
        separator = ", ";
      }
      out.push_back(']');
      break;
    }
    case Kind::section: break;
  }
}

// A name that starts with a quote or has a character that ends names was quoted, and needs that again.
void append_name(std::string& out, std::string_view name) {
  bool plain = !name.empty() && name.front() != '"' && name.front() != '\'' &&
               name.find_first_of(" \t\n\v\f\r#={}") == name.npos;
  if (plain) {
    out.append(name);
    return;
  }
  char quote = name.find('"') == name.npos ? '"' : '\'';
  out.push_back(quote);
  out.append(name);
  out.push_back(quote);
}

// As deep as the document nests, which the parser limits.
void append_raw(std::string& out, Node node) {
  append_name(out, node.name());
  if (!node.is_section()) {
    out.append(" = ");
    append_value(out, node);
    out.push_back('\n');
    return;
  }
  out.append(" {\n");
  for (Node child : node.children()) append_raw(out, child);
  out.append("}\n");
}

}  // namespace

std::string to_raw(Node node) {
  std::string out;
  if (!node.exists()) return out;
  if (node.name().empty() && node.is_section()) {
    for (Node child : node.children()) append_raw(out, child);
  } else {
    append_raw(out, node);
  }
  return out;
}

}  // namespace lvm::syntax
