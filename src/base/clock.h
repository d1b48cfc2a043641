// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "base/id.h"

namespace lvm {

// Time, randomness and sleeping: the parts of the world that make a run unrepeatable, behind one seam.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t unix_seconds() = 0;
  virtual void random_bytes(std::span<std::uint8_t> out) = 0;
  virtual void sleep_milliseconds(std::uint64_t duration) = 0;

  Uuid new_uuid() {
    std::array<std::uint8_t, Uuid::kLength> bytes;
    random_bytes(bytes);
    return Uuid::from_random(bytes);
  }
};

// The machine's own clock and getrandom(2).
class SystemClock final : public Clock {
 public:
  std::int64_t unix_seconds() override;
  void random_bytes(std::span<std::uint8_t> out) override;
  void sleep_milliseconds(std::uint64_t duration) override;
};

// "Thu Nov 16 10:02:03 2023" in local time, as LVM writes it into comments. Remembers the last result:
// neighbouring volumes often share a second.
class LocalDate {
 public:
  const std::string& format(std::int64_t unix_seconds);

 private:
  std::int64_t last_ = -1;
  std::string text_;
};

}  // namespace lvm
