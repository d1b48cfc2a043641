// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace lvm::dm {

// While a device is suspended, this process must not wait for it: our program file, our libraries or the swap may lie
// on it. So as long as any device is suspended by us, all our pages stay in memory (mlockall(2)), and the kernel frees
// no memory for us by writing to disks (PR_SET_IO_FLUSHER of prctl(2), Linux 5.6). Where neither is permitted, in some
// containers, the program goes on without.
class MemoryLock {
 public:
  MemoryLock() : MemoryLock(hold_memory) {}
  // `hold(true)` and `hold(false)` take turns; replaceable in tests.
  explicit MemoryLock(std::function<void(bool)> hold) : hold_(std::move(hold)) {}
  ~MemoryLock() {
    if (!suspended_.empty()) hold_(false);
  }
  MemoryLock(const MemoryLock&) = delete;
  MemoryLock& operator=(const MemoryLock&) = delete;

  // Before a device is suspended.
  void suspending(std::string_view uuid);
  // It was resumed or removed.
  void runs(std::string_view uuid);

 private:
  static void hold_memory(bool hold);

  std::function<void(bool)> hold_;
  std::set<std::string, std::less<>> suspended_;
};

}  // namespace lvm::dm
