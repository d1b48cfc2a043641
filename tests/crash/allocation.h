// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <optional>

// Memory that runs out. This program's operator new counts the allocations of the command under test; from a given
// one on there is only as much memory as is given back.
namespace lvm::crash {

class MemoryLimit {
 public:
  // Counting begins. The allocation `first_to_fail` (0 = the next) finds nothing left.
  explicit MemoryLimit(std::optional<std::size_t> first_to_fail, bool only_that_one = false);
  ~MemoryLimit();
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

  static std::size_t allocations();
};

// What the simulated machine needs for itself is not the command's memory.
class Unlimited {
 public:
  Unlimited();
  ~Unlimited();
  Unlimited(const Unlimited&) = delete;
  Unlimited& operator=(const Unlimited&) = delete;
};

}  // namespace lvm::crash
