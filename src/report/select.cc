// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/select.h"

#include <fmt/format.h>
#include <regex.h>

#include <algorithm>
#include <cmath>

#include "report/select_parse.h"

namespace lvm::report {

struct Regex::Compiled {
  regex_t regex{};
  bool ready = false;
  ~Compiled() {
    if (ready) regfree(&regex);
  }
};

Regex::Regex(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(const std::string& pattern) {
  // Repeated bounds make the library's automaton explode: a pattern of a user needs none of that size.
  constexpr std::size_t kMostPattern = 4096;
  if (pattern.size() > kMostPattern) return fail(Code::usage, "Regular expression is too long.");
  if (std::count(pattern.begin(), pattern.end(), '{') > 2)
    return fail(Code::usage, "Regular expression has too many bounds.");
  auto compiled = std::make_unique<Compiled>();
  const int error = regcomp(&compiled->regex, pattern.c_str(), REG_EXTENDED | REG_NOSUB);
  if (error != 0) {
    char text[128];
    regerror(error, &compiled->regex, text, sizeof text);
    return fail(Code::usage, fmt::format("{} in regular expression \"{}\"", text, pattern));
  }
  compiled->ready = true;
  return Regex(std::move(compiled));
}

bool Regex::matches(std::string_view text) const {
  regmatch_t range{};
  range.rm_so = 0;
  range.rm_eo = static_cast<regoff_t>(text.size());
  return regexec(&compiled_->regex, text.data() != nullptr ? text.data() : "", 0, &range, REG_STARTEND) == 0;
}

namespace {

template <class Number>
bool ordered(Compare compare, Number row, Number given) {
  switch (compare) {
    case Compare::greater: return row > given;
    case Compare::greater_equal: return row >= given;
    case Compare::less: return row < given;
    case Compare::less_equal: return row <= given;
    default: return false;
  }
}

bool matches_number(const Condition& condition, const Value& value) {
  const bool absent = value.state() == Value::State::absent || value.state() == Value::State::undefined;
  const bool undefined = absent || value.number() == kUndefined;
  const double row = static_cast<double>(value.number());
  // Sizes and percents given with decimals are seldom exact in binary.
  constexpr double kSlack = 1e-6;
  const bool same =
      condition.undefined || undefined ? condition.undefined && undefined : std::fabs(row - condition.number) < kSlack;
  if (condition.compare == Compare::equal) return same;
  if (condition.compare == Compare::not_equal) return !same;
  if (undefined || condition.undefined) return false;
  if (same) return condition.compare == Compare::greater_equal || condition.compare == Compare::less_equal;
  return ordered(condition.compare, row, condition.number);
}

// A range compares as a whole: "after 2016" begins with 2017.
bool matches_time(const Condition& condition, const Value& value) {
  const auto at = static_cast<std::int64_t>(value.number());
  const auto& [begin, end] = condition.time;
  switch (condition.compare) {
    case Compare::equal: return at >= begin && at <= end;
    case Compare::not_equal: return at < begin || at > end;
    case Compare::greater: return at > end;
    case Compare::greater_equal: return at >= begin;
    case Compare::less: return at < begin;
    case Compare::less_equal: return at <= end;
    default: return false;
  }
}

bool matches_string(const Condition& condition, const Value& value) {
  const std::string_view text = value.state() == Value::State::text ? value.match() : value.text();
  switch (condition.compare) {
    case Compare::equal: return text == condition.text;
    case Compare::not_equal: return text != condition.text;
    case Compare::regex: return condition.regexes[0].matches(text);
    case Compare::not_regex: return !condition.regexes[0].matches(text);
    default: return false;
  }
}

bool is_item(const Condition& condition, std::size_t wanted, std::string_view item) {
  return condition.regexes.empty() ? condition.items[wanted] == item : condition.regexes[wanted].matches(item);
}

bool list_contains(const Condition& condition, std::size_t wanted, const Value& value) {
  for (std::size_t i = 0; i < value.item_count(); ++i)
    if (is_item(condition, wanted, value.item(i))) return true;
  return false;
}

bool item_is_wanted(const Condition& condition, std::string_view item) {
  for (std::size_t wanted = 0; wanted < condition.items.size(); ++wanted)
    if (is_item(condition, wanted, item)) return true;
  return false;
}

bool same_list(const Condition& condition, const Value& value) {
  const std::size_t count = condition.items.size();
  if (count == 0) return value.item_count() == 0;
  if (condition.whole_list) {
    if (value.item_count() == 0 || (!condition.any_item && value.item_count() != count)) return false;
    for (std::size_t i = 0; i < value.item_count(); ++i)
      if (!item_is_wanted(condition, value.item(i))) return false;
    if (condition.any_item) return true;
  }
  std::size_t found = 0;
  for (std::size_t wanted = 0; wanted < count; ++wanted)
    if (list_contains(condition, wanted, value)) ++found;
  return condition.any_item ? found > 0 : found == count;
}

bool matches_list(const Condition& condition, const Value& value) {
  const bool positive = condition.compare == Compare::equal || condition.compare == Compare::regex;
  return same_list(condition, value) == positive;
}

bool matches_condition(const Condition& condition, const Row& row, Value& value) {
  condition.reader.read(row, value);
  switch (condition.field->type) {
    case Type::string: return matches_string(condition, value);
    case Type::list: return matches_list(condition, value);
    case Type::time: return matches_time(condition, value);
    default: return matches_number(condition, value);
  }
}

bool matches_node(const Selection::Node& node, const Row& row, Value& value) {
  using NodeKind = Selection::Node::Kind;
  bool result = false;
  if (node.kind == NodeKind::condition) {
    result = matches_condition(*node.condition, row, value);
  } else {
    const bool any = node.kind == NodeKind::any;
    result = !any;
    for (const auto& child : node.children)
      if (matches_node(*child, row, value) == any) {
        result = any;
        break;
      }
  }
  return result != node.negated;
}

void collect(const Selection::Node& node, std::vector<const Field*>& out) {
  if (node.kind == Selection::Node::Kind::condition) out.push_back(node.condition->field);
  for (const auto& child : node.children) collect(*child, out);
}

}  // namespace

Selection::Selection() = default;
Selection::Selection(Selection&&) noexcept = default;
Selection& Selection::operator=(Selection&&) noexcept = default;
Selection::~Selection() = default;

Result<Selection> Selection::parse(Kind kind, std::string_view text, std::int64_t now) {
  Selection selection;
  if (text.empty() || text == "all") return selection;
  if (text == "help" || text == "?") {
    selection.help_ = true;
    return selection;
  }
  selection.root_ = TRY(SelectionParser(kind, text, now).parse());
  return selection;
}

bool Selection::matches(const Row& row, Value& scratch) const {
  return root_ == nullptr || matches_node(*root_, row, scratch);
}

std::vector<const Field*> Selection::fields() const {
  std::vector<const Field*> out;
  if (root_ != nullptr) collect(*root_, out);
  return out;
}

}  // namespace lvm::report
