// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "syntax/document.h"

namespace lvm::syntax {

// The two layouts of one document (docs/formats/text.md): `raw` is what stands in metadata areas (no
// indentation, no comments), `file` is what stands in backups and archives (tabs, comment column).
enum class Layout { raw, file };

// Appends text in one of the layouts. A comment after a value stands in its column in the file layout and
// is dropped in the raw one; outside all sections (the trailer's creation_host and creation_time) it stands
// in both, one tab after the value.
class Printer {
 public:
  explicit Printer(Layout layout) : layout_(layout) {}

  void reserve(std::size_t bytes) { text_.reserve(bytes); }
  Layout layout() const { return layout_; }

  void open(std::string_view name);  // NAME {
  void close();                      // }
  void blank();                      // an empty line

  void string(std::string_view key, std::string_view value, std::string_view comment = {});
  void integer(std::string_view key, std::int64_t value, std::string_view comment = {});
  void number(std::string_view key, std::uint64_t value, std::string_view comment = {});
  // key = ["a", "b"] on one line; an empty list prints [].
  void strings(std::string_view key, std::span<const std::string_view> values);

  // One leg of an areas list: `key = [` newline, `"name", start` lines, `]` newline.
  void open_list(std::string_view key);
  void pair(std::string_view name, std::uint64_t start, bool last);
  void pair(std::string_view first, std::string_view second, bool last);
  void name(std::string_view name, bool last);
  void close_list();

  // A whole comment line, in both layouts.
  void comment_line(std::string_view text);
  // What was printed from `from` on, at the same depth, once more.
  void repeat(std::size_t from, std::size_t length) { text_.append(text_, from, length); }
  // A ready-made node in raw form (kept unknown keys); each of its lines is indented for files.
  void verbatim(std::string_view raw_text);

  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  template <class Write>
  void line(std::size_t room, std::string_view comment, Write write);

  Layout layout_;
  std::size_t depth_ = 0;
  std::string text_;
};

// A node of a document as the canonical raw text: what Printer::verbatim takes back.
std::string to_raw(Node node);
// A string value as writers quote it: `"` and `\` get a backslash.
void append_quoted(std::string& out, std::string_view value);
std::string quoted(std::string_view value);

}  // namespace lvm::syntax
