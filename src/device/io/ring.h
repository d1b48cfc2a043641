// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "device/io/head_job.h"

namespace lvm::device {

// io_uring, where the kernel and the container allow it: a read that can be given up on. A thread in read(2) on a
// dead device cannot be ended and would keep the process from exiting; a request in a ring does neither.
class Ring {
 public:
  // Null when this kernel has none.
  static std::unique_ptr<Ring> make();
  ~Ring();

  // Bytes read, a negative errno, or HeadJob::kPending. At least a millisecond is waited.
  int read(int fd, std::byte* buffer, std::size_t length, std::uint64_t offset, std::int64_t milliseconds);

  // True once a request was given up on: the ring must not be used again, its owner should forget it.
  bool abandoned() const { return abandoned_; }

 private:
  struct State;
  explicit Ring(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
  bool abandoned_ = false;
};

}  // namespace lvm::device
