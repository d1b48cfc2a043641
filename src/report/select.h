// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "report/columns.h"
#include "report/kinds.h"
#include "report/source.h"
#include "report/time_range.h"

// The selection language of -S (docs/formats/report.md).
namespace lvm::report {

enum class Compare : std::uint8_t { equal, not_equal, greater, greater_equal, less, less_equal, regex, not_regex };

// A compiled regular expression: POSIX extended.
class Regex {
 public:
  static Result<Regex> compile(const std::string& pattern);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();
  // `text` need not end in a NUL.
  bool matches(std::string_view text) const;

 private:
  struct Compiled;
  explicit Regex(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

// `field op value`.
struct Condition {
  explicit Condition(const Field& asked) : field(&asked), reader(asked) {}

  const Field* field;
  FieldReader reader;
  Compare compare = Compare::equal;
  std::string text;        // strings
  double number = 0;       // numbers, sizes (sectors), percents (kPercentWhole is 100%)
  bool undefined = false;  // numbers: the value is -1, "unknown"...
  TimeRange time;
  std::vector<std::string> items;  // lists
  bool whole_list = false;         // [ ]: the field must have no other items
  bool any_item = false;           // ||: one of the items is enough
  std::vector<Regex> regexes;      // one for strings, one an item for lists
};

class Selection {
 public:
  Selection();  // selects every row
  Selection(Selection&&) noexcept;
  Selection& operator=(Selection&&) noexcept;
  ~Selection();

  // Errors are of Code::usage; their text has a line for each message the reference prints.
  static Result<Selection> parse(Kind kind, std::string_view text, std::int64_t now);

  // `scratch` is any Value: its content is lost.
  bool matches(const Row& row, Value& scratch) const;

  // The text was "help".
  bool help() const { return help_; }
  bool selects_all() const { return root_ == nullptr; }
  // Every field that is asked about.
  std::vector<const Field*> fields() const;

  struct Node;  // in select_parse.h

 private:
  std::unique_ptr<Node> root_;
  bool help_ = false;
};

}  // namespace lvm::report
