// SPDX-License-Identifier: LGPL-2.1-or-later
#include "syntax/document.h"

#include <algorithm>
#include <cstring>

namespace lvm::syntax {

std::optional<std::string_view> Node::string() const {
  if (!exists()) return std::nullopt;
  const auto& record = document_->records_[index_];
  if (record.kind != Kind::string && record.kind != Kind::word) return std::nullopt;
  if (record.escaped) return document_->unescaped_[record.text.offset];
  return std::string_view(document_->text_.data() + record.text.offset, record.text.length);
}

std::optional<double> Node::real() const {
  if (!exists() || kind() != Kind::real) return std::nullopt;
  return document_->records_[index_].real;
}

std::uint32_t Node::child_count() const {
  std::uint32_t count = 0;
  for (Node child = first_child(); child.exists(); child = child.next()) ++count;
  return count;
}

Node Node::find(std::string_view path) const {
  Node at = *this;
  while (at.is_section()) {
    while (path.starts_with('/')) path.remove_prefix(1);
    std::size_t slash = path.find('/');
    std::string_view wanted = path.substr(0, slash);
    Node child = at.first_child();
    while (child.exists() && child.name() != wanted) child = child.next();
    if (!child.exists() || slash == std::string_view::npos) return child;
    path.remove_prefix(slash + 1);
    at = child;
  }
  return {};
}

// Lines are counted when somebody asks: only messages do, and the parser need not pay for it.
std::uint32_t Node::line() const {
  if (!exists()) return 0;
  const char* text = document_->text_.data();
  const char* begin = text + document_->records_[index_].begin;
  return static_cast<std::uint32_t>(std::count(text, begin, '\n') + 1);
}

std::string_view Node::source() const {
  if (!exists()) return {};
  const auto& record = document_->records_[index_];
  return {document_->text_.data() + record.begin, record.end - record.begin};
}

}  // namespace lvm::syntax
