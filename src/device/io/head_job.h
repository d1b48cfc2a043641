// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lvm::device {

// Opening one path and reading its first bytes.
struct HeadJob {
  static constexpr int kPending = -1000000;      // no answer in time
  static constexpr int kInterrupted = -1000001;  // a signal came before the answer

  const char* path = nullptr;
  bool direct = true;           // O_DIRECT: block devices
  std::size_t length = 0;       // a multiple of 4096
  std::uint64_t offset = 0;     // where the device begins: of a partition in an image
  int result = kPending;        // bytes read, or a negative errno
  std::vector<std::byte> data;  // as many
};

// Runs all jobs side by side in a process of their own, with io_uring where `use_ring` and the kernel permit it, with
// threads otherwise. Returns when all have answered or after the timeout; those without an answer stay kPending. A
// thread that is stuck in a driver can neither be ended nor does its process end: so it is another process that gets
// stuck, one that holds no file of ours, and is left behind.
void read_heads(std::span<HeadJob> jobs, std::int64_t milliseconds, bool use_ring);

// --- what runs in that process ---

// A job as it sees it: all in memory that stays where it is if the process has to be left behind.
struct SharedJob {
  const char* path = nullptr;
  std::byte* buffer = nullptr;
  std::size_t length = 0;
  std::uint64_t offset = 0;
  int flags = 0;        // of open(2)
  int descriptor = -1;  // while it is open
  std::atomic<int> result = HeadJob::kPending;
};

// Both return when all have answered. False when there is no io_uring: nothing was done. It allocates nothing, takes no
// lock and calls no function that would: it may run in its parent's memory, beside it.
bool read_heads_in_ring(std::span<SharedJob> jobs);
void read_heads_in_threads(std::span<SharedJob> jobs);

}  // namespace lvm::device
