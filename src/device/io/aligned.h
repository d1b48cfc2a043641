// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>

namespace lvm::device {

// Memory that direct I/O accepts for every block size up to 4 KiB.
inline constexpr std::size_t kDirectAlignment = 4096;

struct FreeMemory {
  void operator()(std::byte* memory) const { std::free(memory); }
};
using AlignedBuffer = std::unique_ptr<std::byte, FreeMemory>;

// `size` is rounded up to the alignment. Null when there is no memory.
inline AlignedBuffer make_aligned_buffer(std::size_t size) {
  std::size_t rounded = (size + kDirectAlignment - 1) / kDirectAlignment * kDirectAlignment;
  return AlignedBuffer(
      static_cast<std::byte*>(std::aligned_alloc(kDirectAlignment, rounded == 0 ? kDirectAlignment : rounded)));
}

}  // namespace lvm::device
