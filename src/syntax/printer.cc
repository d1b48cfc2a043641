// SPDX-License-Identifier: LGPL-2.1-or-later
#include "syntax/printer.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace lvm::syntax {

namespace {

constexpr int kMaxTabs = 5;             // deeper levels are not indented further
constexpr std::size_t kTabWidth = 8;
constexpr std::size_t kCommentColumn = 40;  // a comment stands here, or one tab after a longer line

template <class T>
void append_integer(std::string& out, T value) {
  char digits[24];
  auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

}  // namespace

void append_quoted(std::string& out, std::string_view value) {
  out.push_back('"');
  for (;;) {
    std::size_t plain = std::min(value.find_first_of("\"\\"), value.size());
    out.append(value.substr(0, plain));
    value.remove_prefix(plain);
    if (value.empty()) break;
    out.push_back('\\');
    out.push_back(value.front());
    value.remove_prefix(1);
  }
  out.push_back('"');
}

void Printer::begin_line() {
  line_start_ = text_.size();
  if (layout_ == Layout::file && depth_ > 0)
    text_.append(static_cast<std::size_t>(std::min(depth_, kMaxTabs)), '\t');
}

void Printer::begin_key(std::string_view key) {
  begin_line();
  text_.append(key);
  text_.append(" = ", 3);
}

void Printer::end_line(std::string_view comment) {
  if (!comment.empty()) append_comment(comment);
  text_.push_back('\n');
}

void Printer::append_comment(std::string_view comment) {
  if (depth_ == 0) {
    text_.append("\t# ", 3);
  } else {
    if (layout_ == Layout::raw) return;
    auto tabs = static_cast<std::size_t>(std::min(depth_, kMaxTabs));
    std::size_t column = text_.size() - line_start_ + tabs * (kTabWidth - 1);
    do {
      text_.push_back('\t');
      column = (column / kTabWidth + 1) * kTabWidth;
    } while (column < kCommentColumn);
    text_.append("# ", 2);
  }
  text_.append(comment);
}

void Printer::open(std::string_view name) {
  begin_line();
  text_.append(name);
  text_.append(" {\n", 3);
  ++depth_;
}

void Printer::close() {
  --depth_;
  begin_line();
  text_.append("}\n", 2);
}

void Printer::blank() { text_.push_back('\n'); }

void Printer::string(std::string_view key, std::string_view value, std::string_view comment) {
  begin_key(key);
  append_quoted(text_, value);
  end_line(comment);
}

void Printer::integer(std::string_view key, std::int64_t value, std::string_view comment) {
  begin_key(key);
  append_integer(text_, value);
  end_line(comment);
}

void Printer::number(std::string_view key, std::uint64_t value, std::string_view comment) {
  begin_key(key);
  append_integer(text_, value);
  end_line(comment);
}

void Printer::strings(std::string_view key, std::span<const std::string_view> values) {
  begin_key(key);
  text_.push_back('[');
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) text_.append(", ", 2);
    append_quoted(text_, values[i]);
  }
  text_.append("]\n", 2);
}

void Printer::open_list(std::string_view key) {
  begin_key(key);
  text_.append("[\n", 2);
  ++depth_;
}

void Printer::pair(std::string_view name, std::uint64_t start, bool last) {
  begin_line();
  append_quoted(text_, name);
  text_.append(", ", 2);
  append_integer(text_, start);
  text_.append(last ? "\n" : ",\n");
}

void Printer::name(std::string_view name, bool last) {
  begin_line();
  append_quoted(text_, name);
  text_.append(last ? "\n" : ",\n");
}

void Printer::close_list() {
  --depth_;
  begin_line();
  text_.append("]\n", 2);
}

void Printer::comment_line(std::string_view text) {
  begin_line();
  text_.append("# ", 2);
  text_.append(text);
  text_.push_back('\n');
}

void Printer::verbatim(std::string_view raw_text) {
  while (!raw_text.empty()) {
    std::size_t end = std::min(raw_text.find('\n'), raw_text.size());
    std::string_view line = raw_text.substr(0, end);
    raw_text.remove_prefix(std::min(end + 1, raw_text.size()));
    if (line.empty()) {
      blank();
      continue;
    }
    // to_raw puts one entry on a line: only these open and close a level.
    if (line == "}" || line == "]") --depth_;
    begin_line();
    text_.append(line);
    text_.push_back('\n');
    if (line.ends_with(" {") || line.ends_with(" = [")) ++depth_;
  }
}

namespace {

void append_raw(std::string& out, Node node);

void append_value(std::string& out, Node node) {
  switch (node.kind()) {
    case Kind::string:
      append_quoted(out, *node.string());
      break;
    case Kind::word:
      out.append(*node.string());
      break;
    case Kind::integer:
      append_integer(out, *node.integer());
      break;
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
    case Kind::section:
      break;
  }
}

// A name with a character that ends names was quoted, and needs its quotes again.
void append_name(std::string& out, std::string_view name) {
  bool plain = !name.empty() && name.find_first_of(std::string_view(" \t\n\v\f\r#={}'\"", 12)) == name.npos;
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
