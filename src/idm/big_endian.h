// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lvm::idm {

// An integer as SCSI and IDM put it on the wire: big-endian bytes, alignment 1. Conversions are explicit.
template <class T>
class BigEndian {
 public:
  BigEndian() = default;
  explicit BigEndian(T value) { set(value); }

  T get() const {
    T value = 0;
    for (std::uint8_t byte : bytes_) value = static_cast<T>(static_cast<T>(value << 8) | byte);
    return value;
  }
  void set(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
      bytes_[i] = static_cast<std::uint8_t>(value >> (8 * (sizeof(T) - 1 - i)));
  }

 private:
  std::array<std::uint8_t, sizeof(T)> bytes_{};
};

using be16 = BigEndian<std::uint16_t>;
using be32 = BigEndian<std::uint32_t>;
using be64 = BigEndian<std::uint64_t>;
static_assert(sizeof(be64) == 8 && alignof(be64) == 1);

}  // namespace lvm::idm
