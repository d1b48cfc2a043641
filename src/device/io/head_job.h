// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

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

// Runs all jobs side by side and returns when all have answered or after the timeout. Those without an
// answer stay kPending: the kernel may still write to their buffers.

// In a child process with threads, which is left behind when a device does not answer, so that this
// process can always exit. Buffers are filled from shared memory: a late answer cannot reach them.
void read_heads_in_child(std::span<HeadJob> jobs, int timeout_seconds);

}  // namespace lvm::device
