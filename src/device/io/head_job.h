// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace lvm::device {

// Opening one path and reading its first bytes.
struct HeadJob {
  static constexpr int kPending = -1000000;  // no answer in time
  static constexpr int kInterrupted = -1000001;

  const char* path = nullptr;
  bool direct = true;           // O_DIRECT: block devices
  std::byte* buffer = nullptr;  // aligned; must outlive an answer that comes too late
  std::size_t length = 0;       // a multiple of 4096
  std::uint64_t offset = 0;     // where the device begins: of a partition in an image
  int result = kPending;        // bytes read, or a negative errno
};

// Both functions run all jobs side by side in a process of their own, and return when all have answered or after
// the timeout; those without an answer stay kPending. A thread that is stuck in a driver can neither be ended nor
// does its process end: so it is another process that gets stuck, one that holds no file of ours, and is left behind.

// With io_uring, in a process that shares our memory: the kernel may still write to the buffers of those that are
// pending. False when there is no io_uring: nothing was done.
bool read_heads_in_ring(std::span<HeadJob> jobs, std::int64_t milliseconds);

// With threads. Buffers are filled from shared memory: a late answer cannot reach them.
void read_heads_in_child(std::span<HeadJob> jobs, std::int64_t milliseconds);

// Ends a process that was left behind, as far as it can be.
void leave_behind(pid_t process);

}  // namespace lvm::device
