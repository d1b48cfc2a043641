// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/select_parse.h"

#include <fmt/format.h>

#include <charconv>

#include "base/size_units.h"

namespace lvm::report {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '?'; }

struct CompareRow {
  std::string_view text;
  Compare compare;
  bool word;  // a word for times only
};
// Longer operators first.
constexpr CompareRow kCompares[] = {
    {"=~", Compare::regex, false},           {"!~", Compare::not_regex, false},
    {"!=", Compare::not_equal, false},       {">=", Compare::greater_equal, false},
    {"<=", Compare::less_equal, false},      {"=", Compare::equal, false},
    {">", Compare::greater, false},          {"<", Compare::less, false},
    {"since", Compare::greater_equal, true}, {"after", Compare::greater, true},
    {"until", Compare::less_equal, true},    {"before", Compare::less, true},
};

bool is_order(Compare compare) {
  return compare == Compare::greater || compare == Compare::greater_equal || compare == Compare::less ||
         compare == Compare::less_equal;
}
bool is_regex(Compare compare) { return compare == Compare::regex || compare == Compare::not_regex; }

char closing(char open) {
  switch (open) {
    case '(': return ')';
    case '[': return ']';
    case '{': return '}';
    default: return open;
  }
}

}  // namespace

std::unexpected<Error> SelectionParser::syntax_error(std::string_view message, std::size_t from) const {
  return fail(Code::usage,
              fmt::format("{}\nSelection syntax error at '{}'.\nUse 'help' for selection to get more help.", message,
                          rest(from)));
}

void SelectionParser::skip_space() {
  while (is_space(peek())) ++at_;
}

bool SelectionParser::take(std::string_view literal) {
  if (!text_.substr(at_).starts_with(literal)) return false;
  at_ += literal.size();
  return true;
}

Result<SelectionParser::NodePtr> SelectionParser::parse() {
  auto node = TRY(any_of(0));
  skip_space();
  if (!at_end()) return syntax_error("Expecting logical operator", at_);
  return node;
}

Result<SelectionParser::NodePtr> SelectionParser::any_of(int depth) {
  auto first = TRY(all_of(depth));
  NodePtr joined;
  for (;;) {
    skip_space();
    if (!take("||") && !take("#")) break;
    if (!joined) {
      joined = std::make_unique<Selection::Node>();
      joined->kind = Selection::Node::Kind::any;
      joined->children.push_back(std::move(first));
    }
    auto next = TRY(all_of(depth));
    joined->children.push_back(std::move(next));
  }
  return joined ? std::move(joined) : std::move(first);
}

Result<SelectionParser::NodePtr> SelectionParser::all_of(int depth) {
  auto first = TRY(term(depth));
  NodePtr joined;
  for (;;) {
    skip_space();
    if (!take("&&") && !take(",")) break;
    if (!joined) {
      joined = std::make_unique<Selection::Node>();
      joined->kind = Selection::Node::Kind::all;
      joined->children.push_back(std::move(first));
    }
    auto next = TRY(term(depth));
    joined->children.push_back(std::move(next));
  }
  return joined ? std::move(joined) : std::move(first);
}

Result<SelectionParser::NodePtr> SelectionParser::term(int depth) {
  skip_space();
  bool negated = false;
  if (take("!")) {
    negated = true;
    skip_space();
    if (peek() != '(')
      return fail(Code::usage, fmt::format("Syntax error: left parenthesis expected at '{}'", rest(at_)));
  }
  if (!take("(")) return condition();
  if (depth >= kMaxDepth) return syntax_error("Too many parentheses", at_);
  auto inner = TRY(any_of(depth + 1));
  skip_space();
  if (!take(")")) {
    if (at_end()) return fail(Code::usage, fmt::format("Syntax error: right parenthesis expected at '{}'", rest(at_)));
    return syntax_error("Expecting logical operator", at_);
  }
  if (negated) inner->negated = !inner->negated;
  return inner;
}

Result<SelectionParser::NodePtr> SelectionParser::condition() {
  skip_space();
  const std::size_t start = at_;
  while (is_name(peek())) ++at_;
  const auto name = text_.substr(start, at_ - start);
  if (name.empty()) return syntax_error("Expecting field name", start);
  const Field* field = find_field(kind_, name);
  if (field == nullptr) {
    if (name == "help" || name == "?")
      return syntax_error(fmt::format("Selection field is uncomparable: {}.", name), start);
    return syntax_error(fmt::format("Unrecognised selection field: {}", name), start);
  }
  auto node = std::make_unique<Selection::Node>();
  node->condition.emplace(*field);
  const auto compare = TRY(read_compare(*field, start));
  node->condition->compare = compare;
  skip_space();
  TRY(read_value(*node->condition, start));
  return node;
}

Result<Compare> SelectionParser::read_compare(const Field& field, std::size_t start) {
  skip_space();
  const CompareRow* found = nullptr;
  for (const auto& row : kCompares) {
    if (!take(row.text)) continue;
    if (row.word && !at_end() && !is_space(peek()) && peek() != '"' && peek() != '\'') {
      at_ -= row.text.size();
      continue;
    }
    found = &row;
    break;
  }
  if (found == nullptr) return syntax_error(fmt::format("Unrecognised comparison operator: {}", rest(at_)), start);
  const bool text = field.type == Type::string || field.type == Type::list;
  if (found->word && field.type != Type::time)
    return syntax_error(fmt::format("Operator can be used only with time fields: {}", rest(start)), start);
  if (text && is_order(found->compare))
    return syntax_error(
        fmt::format("Operator can be used only with number, size, time or percent fields: {}", rest(start)), start);
  if (!text && is_regex(found->compare))
    return fail(Code::usage, fmt::format("dm_report: incompatible comparison type for selection field {}", field.name));
  return found->compare;
}

// Wraps what went wrong with a value in the messages of its field.
Result<> SelectionParser::read_value(Condition& condition, std::size_t start) {
  const Field& field = *condition.field;
  Result<> read;
  std::string_view kind;
  switch (field.type) {
    case Type::string:
      kind = "string";
      read = read_string(condition);
      break;
    case Type::list:
      kind = "string list";
      read = read_list(condition);
      break;
    case Type::time:
      kind = "time";
      read = read_time(condition);
      break;
    default:
      kind = "numeric";
      read = read_number(condition);
      break;
  }
  if (!read) {
    if (read.error().code() != Code::usage) return fail(Code::usage, read.error().message());
    std::string message = read.error().message();
    if (message.empty() || !message.starts_with("Found size unit")) {
      if (!message.empty()) message += '\n';
      message += fmt::format("Failed to parse {} value for selection field {}.", kind, field.name);
    }
    return syntax_error(message, start);
  }
  return compile(condition);
}

Result<std::string> SelectionParser::token(char close, bool pattern) {
  const char open = peek();
  const bool quoted =
      open == '"' || open == '\'' || (pattern && close == '\0' && (open == '(' || open == '[' || open == '{'));
  if (quoted) {
    const auto end = text_.find(closing(open), at_ + 1);
    if (end == std::string_view::npos) return fail(Code::usage, "Missing end quote.");
    std::string inner(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return inner;
  }
  const std::size_t start = at_;
  int parentheses = 0;
  while (!at_end()) {
    const char c = peek();
    if (is_space(c) || c == ',' || c == '#' || (close != '\0' && c == close)) break;
    if ((c == '&' || c == '|') && peek(1) == c) break;
    // A pattern may hold balanced parentheses; a plain text ends at the first closing one.
    if (c == '(' && pattern) ++parentheses;
    if (c == ')' && parentheses-- == 0) break;
    ++at_;
  }
  return std::string(text_.substr(start, at_ - start));
}

Result<> SelectionParser::read_string(Condition& condition) {
  auto text = TRY(token('\0', is_regex(condition.compare)));
  condition.text = std::move(text);
  if (is_regex(condition.compare)) return {};
  for (const Word& word : condition.field->words)
    if (word.word == condition.text) {
      condition.text = word.canonical;
      break;
    }
  return {};
}

// "-1", "unknown" and the words of the field.
bool SelectionParser::read_word_number(Condition& condition) {
  const std::size_t start = at_;
  if (take("-1")) {
    condition.undefined = true;
    return true;
  }
  if (is_digit(peek()) || peek() == '.' || peek() == '-') return false;
  auto word = token('\0', false);
  if (word) {
    for (const Word& known : condition.field->words)
      if (known.word == *word) {
        condition.undefined = known.number == kUndefined;
        condition.number = static_cast<double>(known.number);
        return true;
      }
    const Type type = condition.field->type;
    if ((type == Type::number || type == Type::flag) &&
        (*word == "unknown" || *word == "undefined" || *word == "undef")) {
      condition.undefined = true;
      return true;
    }
  }
  at_ = start;
  return false;
}

Result<> SelectionParser::read_number(Condition& condition) {
  const Type type = condition.field->type;
  const std::size_t start = at_;
  if ((type != Type::size && type != Type::percent) || peek() != '-')
    if (read_word_number(condition)) return {};
  while (is_digit(peek())) ++at_;
  if (peek() == '.') ++at_;
  while (is_digit(peek())) ++at_;
  const auto digits = text_.substr(start, at_ - start);
  double value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  if (digits.empty() || digits == "." || (parsed.ec != std::errc() && parsed.ec != std::errc::result_out_of_range)) {
    at_ = start;
    return fail(Code::usage, "");
  }
  if (value >= 18446744073709551615.0 || parsed.ec == std::errc::result_out_of_range)
    return fail(Code::refused, fmt::format("Field selection value {} out of supported range for field {}.", digits,
                                           condition.field->name));
  if (type == Type::percent) {
    take("%");
    condition.number = value * (static_cast<double>(kPercentWhole) / 100);
    return {};
  }
  return read_size_unit(condition, value);
}

Result<> SelectionParser::read_size_unit(Condition& condition, double value) {
  const std::uint64_t unit = at_end() ? 0 : bytes_of_unit(peek());
  if (condition.field->type != Type::size) {
    if (unit != 0)
      return fail(Code::usage,
                  fmt::format("Found size unit specifier but numeric value expected for selection field {}.",
                              condition.field->name));
    // Numbers are whole; a fraction is cut off, as in the reference.
    condition.number = static_cast<double>(static_cast<std::uint64_t>(value));
    return {};
  }
  if (unit != 0) ++at_;
  const double bytes = value * static_cast<double>(unit != 0 ? unit : bytes_of_unit('m'));
  condition.number = bytes / static_cast<double>(kSectorSize);
  return {};
}

Result<> SelectionParser::read_time(Condition& condition) {
  const auto text = TRY(token('\0', false));
  if (text.empty()) return fail(Code::usage, "");
  const auto time = TRY(parse_time(text, now_));
  condition.time = time;
  return {};
}

Result<> SelectionParser::read_list(Condition& condition) {
  const char open = peek();
  if (open != '[' && open != '{') {
    auto item = TRY(token('\0', is_regex(condition.compare)));
    condition.items.push_back(std::move(item));
  } else {
    ++at_;
    condition.whole_list = open == '[';
    TRY(read_list_items(condition, closing(open)));
  }
  // "" and {} stand for the list without items.
  if (condition.items.size() == 1 && condition.items[0].empty()) condition.items.clear();
  return {};
}

Result<> SelectionParser::read_list_items(Condition& condition, char close) {
  bool all = false;
  skip_space();
  if (peek() == close) {
    ++at_;
    return {};
  }
  for (;;) {
    skip_space();
    auto item = TRY(token(close, false));
    condition.items.push_back(std::move(item));
    skip_space();
    if (peek() == close) {
      ++at_;
      return {};
    }
    if (take("||") || take("#")) {
      condition.any_item = true;
    } else if (take("&&") || take(",")) {
      all = true;
    } else if (peek() == ')' || peek() == ']' || peek() == '}') {
      return fail(Code::usage, fmt::format("List ended with incorrect character, expecting '{}'.", close));
    } else {
      return fail(Code::usage, "Invalid operator in selection list.");
    }
    if (all && condition.any_item)
      return fail(Code::usage, "Only one type of logical operator allowed in selection list at a time.");
  }
}

Result<> SelectionParser::compile(Condition& condition) {
  if (!is_regex(condition.compare)) return {};
  if (condition.field->type == Type::string) condition.items.push_back(condition.text);
  for (const auto& pattern : condition.items) {
    auto regex = Regex::compile(pattern);
    if (!regex)
      return fail(Code::usage, fmt::format("{}\ndm_report: failed to create regex matcher for selection field {}",
                                           regex.error().message(), condition.field->name));
    condition.regexes.push_back(std::move(*regex));
  }
  return {};
}

}  // namespace lvm::report
