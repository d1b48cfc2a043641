// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "device/io/head_job.h"

namespace lvm::device {

// io_uring, where the kernel and the container allow it: reads that can be given up on. A thread in
// read(2) on a dead device cannot be ended and would keep the process from exiting; a request in a ring
// does neither.
class Ring {
 public:
  // Null when this kernel has none, or not the operations needed (Linux 5.19).
  static std::unique_ptr<Ring> make();
  ~Ring();

  // See head_job.h. At most kMaxJobs at a time.
  static constexpr std::size_t kMaxJobs = 128;
  void read_heads(std::span<HeadJob> jobs, int timeout_seconds);

  // Bytes read, a negative errno, or HeadJob::kPending.
  int read(int fd, std::byte* buffer, std::size_t length, std::uint64_t offset, int timeout_seconds);

  // True once a request was given up on: the ring must not be used again, its owner should forget it.
  bool abandoned() const { return abandoned_; }

 private:
  struct State;
  explicit Ring(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
  bool abandoned_ = false;
};

}  // namespace lvm::device
