// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <linux/time_types.h>
#include <time.h>

#include <algorithm>
#include <cstdint>

namespace lvm::device {

inline std::int64_t monotonic_nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

// A moment from which on nothing is waited for. Calls nothing but clock_gettime(2): usable in a process that shares
// another's memory.
class Deadline {
 public:
  explicit Deadline(std::int64_t milliseconds)
      : at_(monotonic_nanoseconds() + std::max<std::int64_t>(milliseconds, 1) * 1'000'000) {}
  std::int64_t nanoseconds() const { return std::max<std::int64_t>(at_ - monotonic_nanoseconds(), 0); }
  bool over() const { return nanoseconds() == 0; }
  __kernel_timespec left() const {
    std::int64_t wait = nanoseconds();
    return {.tv_sec = wait / 1'000'000'000, .tv_nsec = wait % 1'000'000'000};
  }

 private:
  std::int64_t at_;
};

}  // namespace lvm::device
