// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lvm::syntax {

// The one grammar of lvm.conf, profiles, backups and VG metadata (docs/formats/text.md):
// sections `name { ... }` and assignments `name = value`, `#` comments, white space insignificant.
enum class Kind : std::uint8_t { section, string, integer, real, word, array };

class Document;

// A cursor on one node of a Document. Cheap to copy; valid while the Document lives. A default-made
// Node is "absent": exists() is false and it has no children.
class Node {
 public:
  Node() = default;

  bool exists() const { return document_ != nullptr; }
  explicit operator bool() const { return exists(); }

  std::string_view name() const;  // empty for array elements and the root
  Kind kind() const;
  bool is_section() const { return exists() && kind() == Kind::section; }

  // The value if the node has that kind. string() also accepts a bare word.
  std::optional<std::string_view> string() const;
  std::optional<std::int64_t> integer() const;
  std::optional<double> real() const;

  // Children of a section, or elements of an array.
  Node first_child() const;
  Node next() const;                  // the next sibling
  std::uint32_t child_count() const;  // walks over them

  // A child by name; `a/b` walks sub-sections. A key that stands twice yields the later one.
  Node find(std::string_view path) const;

  std::uint32_t line() const;  // 1-based
  // The node as it was written, name included, from its first to its last byte.
  std::string_view source() const;

  // `for (Node child : node.children())`
  class Children;
  Children children() const;

 private:
  friend class Document;
  Node(const Document* document, std::uint32_t index) : document_(document), index_(index) {}
  const Document* document_ = nullptr;
  std::uint32_t index_ = 0;
};

class Node::Children {
 public:
  class Iterator {
   public:
    explicit Iterator(Node at) : at_(at) {}
    Node operator*() const { return at_; }
    Iterator& operator++() {
      at_ = at_.next();
      return *this;
    }
    bool operator!=(const Iterator&) const { return at_.exists(); }

   private:
    Node at_;
  };
  explicit Children(Node first) : first_(first) {}
  Iterator begin() const { return Iterator(first_); }
  Iterator end() const { return Iterator(Node()); }

 private:
  Node first_;
};

inline Node::Children Node::children() const { return Children(first_child()); }

// A parsed text: owns the text and a flat vector of nodes. Movable, not copyable.
class Document {
 public:
  // Limits keep hostile input from exhausting the stack: sections nest no deeper than this.
  static constexpr std::uint32_t kMaxDepth = 64;

  // Parses the text up to its end or its first NUL. `source` names it in errors ("FILE:LINE: ...").
  static Result<Document> parse(std::string text, std::string_view source);

  Document(Document&&) noexcept = default;
  Document& operator=(Document&&) noexcept = default;

  Node root() const { return Node(this, 0); }
  const std::string& source() const { return source_; }
  // "FILE:LINE: key assigned twice" and the like: not errors.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  friend class Node;
  friend class Parser;

  struct Range {
    std::uint32_t offset, length;
  };
  // One node. Texts are ranges of text_; links are indexes of records_, 0 (the root) meaning none.
  // Trivial, so that room for records costs nothing before it is used.
  struct Record {
    union {
      std::int64_t integer;
      double real;
      Range text;                 // string and word: bytes of text_, or `offset` in unescaped_ if escaped
      std::uint32_t first_child;  // section and array
    };
    std::uint32_t name_offset, name_length;
    std::uint32_t begin, end;  // what source() returns
    std::uint32_t next;
    Kind kind;
    bool escaped;
    std::uint8_t name_bit;  // of values: which bit of the parser's filter stands for the name
  };
  static_assert(sizeof(Record) == 32);

  Document() = default;

  std::string text_;  // followed by NULs, so that the parser may look ahead without asking
  std::string source_;
  std::unique_ptr<Record[]> records_;
  std::vector<std::string> unescaped_;  // strings that had backslashes
  std::vector<std::string> warnings_;
};

inline std::string_view Node::name() const {
  if (!exists()) return {};
  const auto& record = document_->records_[index_];
  return {document_->text_.data() + record.name_offset, record.name_length};
}

inline Kind Node::kind() const { return exists() ? document_->records_[index_].kind : Kind::section; }

inline std::optional<std::int64_t> Node::integer() const {
  if (!exists() || kind() != Kind::integer) return std::nullopt;
  return document_->records_[index_].integer;
}

inline Node Node::first_child() const {
  if (!exists()) return {};
  const auto& record = document_->records_[index_];
  if (record.kind != Kind::section && record.kind != Kind::array) return {};
  return record.first_child == 0 ? Node() : Node(document_, record.first_child);
}

inline Node Node::next() const {
  if (!exists()) return {};
  std::uint32_t index = document_->records_[index_].next;
  return index == 0 ? Node() : Node(document_, index);
}

}  // namespace lvm::syntax
