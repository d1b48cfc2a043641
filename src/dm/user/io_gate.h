// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace lvm::dm::user {

// What suspension closes: I/O goes in and comes out, unless the gate is closed, when it waits in front.
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

  // New I/O waits from here on; returns once the last one inside has come out.
  void close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    changed_.wait(lock, [&] { return inside_ == 0; });
  }
  void open() {
    {
      std::lock_guard lock(mutex_);
      closed_ = false;
    }
    changed_.notify_all();
  }

 private:
  void enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !closed_; });
    ++inside_;
  }
  void leave() {
    bool last;
    {
      std::lock_guard lock(mutex_);
      last = --inside_ == 0 && closed_;
    }
    if (last) changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  std::uint64_t inside_ = 0;
};

}  // namespace lvm::dm::user
