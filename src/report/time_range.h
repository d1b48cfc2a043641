// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lvm::report {

// A span of seconds since 1970, both ends included: a time given without its last parts means all of it.
struct TimeRange {
  std::int64_t begin = 0, end = 0;
  friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

// Reads a time as selections give it, in the local time zone unless it names one:
//   2015-07-07 9:51 +02:00   any number of parts from the left; YYYYMMDD too
//   @1473433008
//   yesterday, monday, noon, 5pm, "23 nov 2015", "2 weeks 1 day ago"   counted from `now`
Result<TimeRange> parse_time(std::string_view text, std::int64_t now);

// Appends strftime(3) of a local time; remembers the last second formatted.
class TimeFormat {
 public:
  explicit TimeFormat(std::string_view format) : format_(format) {}
  std::string_view text(std::int64_t unix_seconds);

 private:
  std::string format_;
  std::int64_t last_ = -1;
  std::string text_;
};

}  // namespace lvm::report
