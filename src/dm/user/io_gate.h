// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace lvm::dm::user {

// What suspension closes: I/O goes in and comes out, unless the gate is closed, when it waits in front. Going through
// an open gate takes no lock: every I/O of every device in a stack does.
class IoGate {
 public:
  // Holds one I/O inside.
  class Pass {
   public:
    explicit Pass(IoGate& gate) : gate_(gate) { gate_.enter(); }
    ~Pass() { gate_.leave(); }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    IoGate& gate_;
  };

  // False: it is closed.
  bool try_enter() {
    if (((++state_) & kClosed) == 0) return true;
    // Not inside after all.
    leave();
    return false;
  }
  void enter() {
    while (!try_enter()) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return (state_ & kClosed) == 0; });
    }
  }
  void leave() {
    if (--state_ != kClosed) return;
    // Whoever closes either has not looked yet, or waits: with the mutex held it cannot miss this.
    std::lock_guard lock(mutex_);
    changed_.notify_all();
  }

  // New I/O waits from here on; returns once the last one inside has come out.
  void close() {
    std::unique_lock lock(mutex_);
    state_ |= kClosed;
    changed_.wait(lock, [&] { return state_ == kClosed; });
  }
  void open() {
    {
      std::lock_guard lock(mutex_);
      state_ &= ~kClosed;
    }
    changed_.notify_all();
  }

 private:
  static constexpr std::uint64_t kClosed = std::uint64_t{1} << 63;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<std::uint64_t> state_{0};  // how many are inside, and kClosed
};

}  // namespace lvm::dm::user
