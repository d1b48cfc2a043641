// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/time_range.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>
#include <optional>
#include <span>
#include <vector>

namespace lvm::report {
namespace {

// The smallest part that was given: the range covers one of it.
enum class Part { second, minute, hour, day, month, year };

std::unexpected<Error> bad_format() { return fail(Code::usage, "Incorrect date format."); }
std::unexpected<Error> unrecognised(std::string_view at) {
  return fail(Code::usage, fmt::format("Unrecognized string in date/time specification at \"{}\".", at));
}
std::unexpected<Error> out_of_range(std::string_view part) {
  return fail(Code::usage, fmt::format("Specified {} out of range.", part));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// A calendar time with the zone it is meant in.
struct Moment {
  std::tm tm{};
  std::optional<int> zone_seconds;  // east of Greenwich; none: local time

  std::int64_t seconds() const {
    std::tm copy = tm;
    copy.tm_isdst = -1;
    if (zone_seconds) return static_cast<std::int64_t>(timegm(&copy)) - *zone_seconds;
    return static_cast<std::int64_t>(std::mktime(&copy));
  }
};

TimeRange range_of(const Moment& moment, Part part) {
  Moment next = moment;
  switch (part) {
    case Part::second: ++next.tm.tm_sec; break;
    case Part::minute: ++next.tm.tm_min; break;
    case Part::hour: ++next.tm.tm_hour; break;
    case Part::day: ++next.tm.tm_mday; break;
    case Part::month: ++next.tm.tm_mon; break;
    case Part::year: ++next.tm.tm_year; break;
  }
  return {moment.seconds(), next.seconds() - 1};
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t at = 0;
  while (at < text.size()) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    const std::size_t start = at;
    while (at < text.size() && text[at] != ' ' && text[at] != '\t') ++at;
    if (at > start) words.push_back(text.substr(start, at - start));
  }
  return words;
}

// All of `text` as a number of at most nine digits.
std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  if (text.empty() || text.size() > 9) return std::nullopt;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }
int days_in(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && leap(year) ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

Result<> set_date(std::tm& tm, int year, int month, int day) {
  if (month < 1 || month > 12) return out_of_range("month");
  if (day < 1 || day > days_in(year, month)) return out_of_range("day");
  tm.tm_year = year - 1900;
  tm.tm_mon = month - 1;
  tm.tm_mday = day;
  return {};
}

// YYYY[-MM[-DD]] or YYYYMM[DD].
Result<Part> read_date(std::string_view word, std::tm& tm) {
  std::array<int, 3> parts = {0, 1, 1};
  std::size_t count = 0;
  if (word.find('-') == std::string_view::npos) {
    constexpr std::array<std::size_t, 3> kWidths = {4, 2, 2};
    while (count < 3 && !word.empty()) {
      const auto number = whole_number(word.substr(0, kWidths[count]));
      if (!number || word.size() < kWidths[count]) return bad_format();
      parts[count] = *number;
      word.remove_prefix(kWidths[count++]);
    }
    if (!word.empty()) return bad_format();
  } else {
    while (count < 3) {
      const auto dash = std::min(word.find('-'), word.size());
      const auto number = whole_number(word.substr(0, dash));
      if (!number || (count == 0 && dash != 4)) return bad_format();
      parts[count++] = *number;
      if (dash == word.size()) {
        word = {};
        break;
      }
      word.remove_prefix(dash + 1);
    }
    if (!word.empty()) return bad_format();
  }
  if (count == 0) return bad_format();
  TRY(set_date(tm, parts[0], parts[1], parts[2]));
  return count == 1 ? Part::year : count == 2 ? Part::month : Part::day;
}

// hh[:mm[:ss]]
Result<Part> read_clock(std::string_view word, std::tm& tm) {
  std::array<int, 3> parts = {0, 0, 0};
  std::size_t count = 0;
  while (true) {
    const auto colon = std::min(word.find(':'), word.size());
    const auto number = whole_number(word.substr(0, colon));
    if (!number || count == 3) return bad_format();
    parts[count++] = *number;
    if (colon == word.size()) break;
    word.remove_prefix(colon + 1);
  }
  if (parts[0] > 23) return out_of_range("hours");
  if (parts[1] > 59) return out_of_range("minutes");
  if (parts[2] > 60) return out_of_range("seconds");
  tm.tm_hour = parts[0];
  tm.tm_min = parts[1];
  tm.tm_sec = parts[2];
  return count == 1 ? Part::hour : count == 2 ? Part::minute : Part::second;
}

// +hh[:mm], -hhmm.
Result<int> read_zone(std::string_view word) {
  const int sign = word.front() == '-' ? -1 : 1;
  word.remove_prefix(1);
  const auto hours = whole_number(word.substr(0, 2));
  int minutes = 0;
  if (word.size() > 2) {
    word.remove_prefix(2);
    if (word.front() == ':') word.remove_prefix(1);
    const auto given = whole_number(word);
    if (!given || word.size() != 2) return bad_format();
    minutes = *given;
  }
  if (!hours || *hours > 14 || minutes > 59) return bad_format();
  return sign * (*hours * 3600 + minutes * 60);
}

Result<TimeRange> read_standard(std::span<const std::string_view> words) {
  Moment moment;
  moment.tm.tm_mday = 1;
  Part part = TRY(read_date(words[0], moment.tm));
  std::size_t at = 1;
  if (at < words.size() && is_digit(words[at].front())) {
    if (part != Part::day) return bad_format();
    std::string_view clock = words[at++];
    // The zone may be glued to the time.
    const auto sign = clock.find_first_of("+-");
    if (sign != std::string_view::npos) {
      const int zone = TRY(read_zone(clock.substr(sign)));
      moment.zone_seconds = zone;
      clock = clock.substr(0, sign);
    }
    const Part clock_part = TRY(read_clock(clock, moment.tm));
    part = clock_part;
  }
  if (at < words.size() && (words[at].front() == '+' || words[at].front() == '-')) {
    const int zone = TRY(read_zone(words[at++]));
    moment.zone_seconds = zone;
  }
  if (at != words.size()) return bad_format();
  return range_of(moment, part);
}

std::tm local_time(std::int64_t seconds) {
  std::tm tm{};
  const std::time_t time = static_cast<std::time_t>(seconds);
  localtime_r(&time, &tm);
  return tm;
}

bool same_word(std::string_view word, std::string_view name) {
  if (word.size() != name.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if (lower(word[i]) != name[i]) return false;
  return true;
}

// The full name or its first three letters.
template <std::size_t N>
std::optional<int> find_name(const std::array<std::string_view, N>& names, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i)
    if (same_word(word, names[i]) || same_word(word, names[i].substr(0, 3))) return static_cast<int>(i);
  return std::nullopt;
}

constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};

// Units of "N UNIT ago". Months and years count in the calendar.
struct UnitRow {
  std::array<std::string_view, 5> names;
  std::int64_t seconds;
  int months;
};
constexpr std::array<UnitRow, 7> kUnits = {{
    {{"second", "seconds", "sec", "secs", "s"}, 1, 0},
    {{"minute", "minutes", "min", "mins", "m"}, 60, 0},
    {{"hour", "hours", "hr", "hrs", "h"}, 3600, 0},
    {{"day", "days", "d", "", ""}, 86400, 0},
    {{"week", "weeks", "w", "", ""}, 7 * 86400, 0},
    {{"month", "months", "mon", "mons", ""}, 0, 1},
    {{"year", "years", "yr", "yrs", "y"}, 0, 12},
}};

const UnitRow* find_unit(std::string_view word) {
  for (const auto& row : kUnits)
    for (const auto name : row.names)
      if (!name.empty() && same_word(word, name)) return &row;
  return nullptr;
}

// Splits "1h" and "5pm" into number and letters.
std::vector<std::string_view> split_numbers(std::span<const std::string_view> words) {
  std::vector<std::string_view> out;
  for (const auto word : words) {
    std::size_t digits = 0;
    while (digits < word.size() && (is_digit(word[digits]) || word[digits] == ':')) ++digits;
    if (digits > 0 && digits < word.size()) {
      out.push_back(word.substr(0, digits));
      out.push_back(word.substr(digits));
    } else {
      out.push_back(word);
    }
  }
  return out;
}

Result<TimeRange> read_ago(std::span<const std::string_view> words, std::int64_t now) {
  std::int64_t back = 0;
  std::int64_t months = 0;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const auto count = whole_number(words[i]);
    const UnitRow* unit = i + 2 < words.size() ? find_unit(words[i + 1]) : nullptr;
    if (!count) return unrecognised(words[i]);
    if (unit == nullptr) return unrecognised(words[i + 1]);
    back += *count * unit->seconds;
    months += std::int64_t{*count} * unit->months;
  }
  if (words.size() < 3 || words.size() % 2 == 0) return bad_format();
  if (months > 12 * 10000) return bad_format();
  Moment moment;
  moment.tm = local_time(now);
  moment.tm.tm_mon -= static_cast<int>(months);
  const std::int64_t at = moment.seconds() - back;
  return TimeRange{at, at};
}

// Days by name, clock times and dates with a month's name, in any order.
class FreeForm {
 public:
  FreeForm(std::span<const std::string_view> words, std::int64_t now) : words_(words) { moment_.tm = local_time(now); }

  Result<TimeRange> read() {
    while (at_ < words_.size()) TRY(word(words_[at_++]));
    if (month_) {
      const int year = year_ ? *year_ : moment_.tm.tm_year + 1900;
      TRY(set_date(moment_.tm, year, *month_ + 1, day_.value_or(1)));
      if (!clock_) part_ = day_ ? Part::day : Part::month;
    } else if (day_ || year_) {
      return bad_format();
    }
    if (!clock_) moment_.tm.tm_hour = moment_.tm.tm_min = moment_.tm.tm_sec = 0;
    return range_of(moment_, part_);
  }

 private:
  Result<> word(std::string_view word) {
    if (same_word(word, "today")) return {};
    if (same_word(word, "yesterday")) {
      --moment_.tm.tm_mday;
      return {};
    }
    if (same_word(word, "noon") || same_word(word, "midnight")) {
      set_clock(same_word(word, "noon") ? 12 : 0, Part::second);
      return {};
    }
    if (const auto weekday = find_name(kWeekdays, word)) {
      moment_.tm.tm_mday -= (moment_.tm.tm_wday - *weekday + 7) % 7;
      return {};
    }
    if (const auto month = find_name(kMonths, word)) {
      month_ = month;
      return {};
    }
    if (is_digit(word.front())) return number(word);
    return unrecognised(word);
  }

  Result<> number(std::string_view word) {
    const bool has_half = at_ < words_.size() && (same_word(words_[at_], "am") || same_word(words_[at_], "pm"));
    if (has_half || word.find(':') != std::string_view::npos) {
      const Part part = TRY(read_clock(word, moment_.tm));
      part_ = part;
      clock_ = true;
      if (!has_half) return {};
      const bool afternoon = same_word(words_[at_++], "pm");
      if (moment_.tm.tm_hour < 1 || moment_.tm.tm_hour > 12) return out_of_range("hours");
      moment_.tm.tm_hour = moment_.tm.tm_hour % 12 + (afternoon ? 12 : 0);
      return {};
    }
    const auto value = whole_number(word);
    if (!value) return unrecognised(word);
    if (word.size() == 4)
      year_ = *value;
    else
      day_ = *value;
    return {};
  }

  void set_clock(int hour, Part part) {
    moment_.tm.tm_hour = hour;
    moment_.tm.tm_min = moment_.tm.tm_sec = 0;
    clock_ = true;
    part_ = part;
  }

  std::span<const std::string_view> words_;
  std::size_t at_ = 0;
  Moment moment_;
  Part part_ = Part::day;
  bool clock_ = false;
  std::optional<int> day_, month_, year_;
};

}  // namespace

Result<TimeRange> parse_time(std::string_view text, std::int64_t now) {
  const auto words = words_of(text);
  if (words.empty()) return bad_format();
  if (words[0].front() == '@') {
    const auto digits = words[0].substr(1);
    std::int64_t seconds = 0;
    const auto end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, seconds);
    if (words.size() != 1 || parsed.ec != std::errc() || parsed.ptr != end) return bad_format();
    return TimeRange{seconds, seconds};
  }
  if (same_word(words.back(), "ago")) return read_ago(split_numbers(words), now);
  const auto pieces = split_numbers(words);
  const bool clock_only = words.size() == 1 && words[0].find(':') != std::string_view::npos;
  if (clock_only && pieces.size() == 1) return bad_format();
  const bool standard = is_digit(words[0].front()) && words[0].find(':') == std::string_view::npos &&
                        words[0].find_first_not_of("0123456789-") == std::string_view::npos && words[0].size() >= 4;
  if (standard) {
    if (auto range = read_standard(words)) return range;
    if (words.size() == 1) return read_standard(words);
    if (words[0].find('-') != std::string_view::npos) return read_standard(words);
  }
  return FreeForm(pieces, now).read();
}

std::string_view TimeFormat::text(std::int64_t unix_seconds) {
  if (unix_seconds == last_) return text_;
  last_ = unix_seconds;
  std::tm tm = local_time(unix_seconds);
  text_.resize(64);
  // An empty result is legal for strftime: the format then has nothing to show.
  const auto length = std::strftime(text_.data(), text_.size(), format_.c_str(), &tm);
  text_.resize(length);
  if (length == 0 && !format_.empty()) {
    text_.resize(4096);
    text_.resize(std::strftime(text_.data(), text_.size(), format_.c_str(), &tm));
  }
  return text_;
}

}  // namespace lvm::report
