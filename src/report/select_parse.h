// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "report/select.h"

namespace lvm::report {

// A condition, or conditions joined by one operator.
struct Selection::Node {
  enum class Kind : std::uint8_t { condition, all, any };
  Kind kind = Kind::condition;
  bool negated = false;
  std::optional<Condition> condition;
  std::vector<std::unique_ptr<Node>> children;
};

// Reads one expression, from start to end.
class SelectionParser {
 public:
  SelectionParser(Kind kind, std::string_view text, std::int64_t now) : kind_(kind), text_(text), now_(now) {}
  Result<std::unique_ptr<Selection::Node>> parse();

 private:
  using NodePtr = std::unique_ptr<Selection::Node>;
  // Parentheses nest no deeper: a hostile expression must not exhaust the stack.
  static constexpr int kMaxDepth = 100;

  Result<NodePtr> any_of(int depth);
  Result<NodePtr> all_of(int depth);
  Result<NodePtr> term(int depth);
  Result<NodePtr> condition();

  Result<Compare> read_compare(const Field& field, std::size_t start);
  Result<> read_value(Condition& condition, std::size_t start);
  Result<> read_string(Condition& condition);
  Result<> read_number(Condition& condition);
  Result<> read_size_unit(Condition& condition, double value);
  Result<> read_time(Condition& condition);
  Result<> read_list(Condition& condition);
  Result<> read_list_items(Condition& condition, char close);
  Result<> compile(Condition& condition);
  bool read_word_number(Condition& condition);

  // A quoted text, or one that ends at white space or at a character that goes on with the expression.
  // `close` ends it too, when it is not NUL. `pattern`: brackets quote as well.
  Result<std::string> token(char close, bool pattern);

  void skip_space();
  bool at_end() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool take(std::string_view literal);
  std::string_view rest(std::size_t from) const { return text_.substr(std::min(from, text_.size())); }
  std::unexpected<Error> syntax_error(std::string_view message, std::size_t from) const;

  Kind kind_;
  std::string_view text_;
  std::int64_t now_;
  std::size_t at_ = 0;
};

}  // namespace lvm::report
