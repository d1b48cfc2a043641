// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lvm {

// An integer as it stands on disk: little-endian bytes, alignment 1. Conversions are explicit.
template <class T>
class LittleEndian {
 public:
  LittleEndian() = default;
  explicit LittleEndian(T value) { set(value); }

  T get() const {
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      value = static_cast<T>(value | static_cast<T>(static_cast<T>(bytes_[i]) << (8 * i)));
    return value;
  }
  void set(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) bytes_[i] = static_cast<std::uint8_t>(value >> (8 * i));
  }

 private:
  std::array<std::uint8_t, sizeof(T)> bytes_{};
};

using le16 = LittleEndian<std::uint16_t>;
using le32 = LittleEndian<std::uint32_t>;
using le64 = LittleEndian<std::uint64_t>;
static_assert(sizeof(le64) == 8 && alignof(le64) == 1);

}  // namespace lvm
