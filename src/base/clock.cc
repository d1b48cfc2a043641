// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/clock.h"

#include <sys/random.h>

#include <cerrno>
#include <ctime>

#include "base/result.h"

namespace lvm {

std::int64_t SystemClock::unix_seconds() { return static_cast<std::int64_t>(std::time(nullptr)); }

void SystemClock::random_bytes(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    ssize_t got = ::getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      CHECK(errno == EINTR);
      continue;
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

void SystemClock::sleep_milliseconds(std::uint64_t duration) {
  timespec left{static_cast<time_t>(duration / 1000), static_cast<long>(duration % 1000 * 1000000)};
  while (::nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

const std::string& LocalDate::format(std::int64_t unix_seconds) {
  if (unix_seconds == last_) return text_;
  auto time = static_cast<std::time_t>(unix_seconds);
  std::tm local{};
  char buffer[64] = "";
  if (::localtime_r(&time, &local)) std::strftime(buffer, sizeof buffer, "%a %b %e %H:%M:%S %Y", &local);
  text_ = buffer;
  last_ = unix_seconds;
  return text_;
}

}  // namespace lvm
