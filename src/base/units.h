// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <compare>
#include <cstdint>

namespace lvm {

// A count of one unit. Different units do not mix; scaling by a plain number does.
template <class Tag>
struct Quantity {
  std::uint64_t n = 0;

  constexpr Quantity() = default;
  constexpr explicit Quantity(std::uint64_t count) : n(count) {}

  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.n + b.n); }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.n - b.n); }
  friend constexpr Quantity operator*(Quantity a, std::uint64_t k) { return Quantity(a.n * k); }
  friend constexpr Quantity operator/(Quantity a, std::uint64_t k) { return Quantity(a.n / k); }
  friend constexpr std::uint64_t operator/(Quantity a, Quantity b) { return a.n / b.n; }
  friend constexpr Quantity operator%(Quantity a, Quantity b) { return Quantity(a.n % b.n); }
  constexpr Quantity& operator+=(Quantity b) {
    n += b.n;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity b) {
    n -= b.n;
    return *this;
  }
  constexpr explicit operator bool() const { return n != 0; }
};

using Bytes = Quantity<struct BytesTag>;
using Sectors = Quantity<struct SectorsTag>;  // 512 bytes each, everywhere
using Extents = Quantity<struct ExtentsTag>;  // physical or logical extents of one VG

inline constexpr std::uint64_t kSectorSize = 512;

constexpr Bytes to_bytes(Sectors s) { return Bytes(s.n * kSectorSize); }
constexpr Sectors to_sectors_floor(Bytes b) { return Sectors(b.n / kSectorSize); }
constexpr Sectors to_sectors_ceil(Bytes b) { return Sectors((b.n + kSectorSize - 1) / kSectorSize); }
constexpr Sectors to_sectors(Extents e, Sectors extent_size) { return Sectors(e.n * extent_size.n); }
constexpr Extents to_extents_floor(Sectors s, Sectors extent_size) { return Extents(s.n / extent_size.n); }
constexpr Extents to_extents_ceil(Sectors s, Sectors extent_size) {
  return Extents(s.n / extent_size.n + (s.n % extent_size.n != 0 ? 1 : 0));
}

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t multiple) {
  return multiple == 0 ? value : (value + multiple - 1) / multiple * multiple;
}
constexpr std::uint64_t round_down(std::uint64_t value, std::uint64_t multiple) {
  return multiple == 0 ? value : value / multiple * multiple;
}
constexpr bool is_power_of_two(std::uint64_t v) { return v != 0 && (v & (v - 1)) == 0; }

}  // namespace lvm
