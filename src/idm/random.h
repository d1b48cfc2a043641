// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace lvm::idm {

// A repeatable stream of numbers (splitmix64): the same on every machine, unlike the standard library's
// distributions. For simulations and back-off, never for secrets.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  // 0 <= result < bound; 0 for a bound of 0. The bias is below 2^-32 for the bounds used here.
  std::uint64_t below(std::uint64_t bound) {
    return bound == 0 ? 0 : static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
  }
  bool one_in(std::uint64_t count) { return count != 0 && below(count) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace lvm::idm
