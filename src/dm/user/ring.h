// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace lvm::dm::user {

// Of a file.
struct RingRead {
  int file;
  std::span<std::byte> out;
  std::uint64_t offset;
};

// LVM_IO_URING=0 in the environment says no.
bool io_uring_wanted();

// io_uring, where this kernel and this container allow it (seccomp filters and kernel.io_uring_disabled may not).
// As many rings as there are callers at a time. Every call may come from any thread.
class Rings {
 public:
  explicit Rings(bool wanted);
  ~Rings();
  Rings(const Rings&) = delete;
  Rings& operator=(const Rings&) = delete;

  // "io_uring", or what is used instead and why.
  std::string describe();

  // Gives all to the kernel at once and returns when the last is done: how many bytes were read of each, or a negative
  // errno; 0 also where there is no ring.
  std::vector<int> run(std::span<const RingRead> reads);

 private:
  struct Ring;
  std::unique_ptr<Ring> make();
  std::unique_ptr<Ring> take();
  void give_back(std::unique_ptr<Ring> ring);

  std::mutex mutex_;
  std::vector<std::unique_ptr<Ring>> idle_;
  std::string refusal_;  // why there is no ring
};

}  // namespace lvm::dm::user
