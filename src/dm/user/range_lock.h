// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <list>
#include <mutex>

#include "base/units.h"

namespace lvm::dm::user {

// Locks on ranges of bytes: one holder for any byte at a time. Legs of a mirror would end up different if two
// changes of one sector reached them in different orders; copies must not race with changes.
class RangeLock {
 public:
  class Holder {
   public:
    Holder(RangeLock& lock, Bytes start, Bytes length) : lock_(lock) {
      lock_.acquire({start.n, start.n + length.n}, place_);
    }
    ~Holder() { lock_.release(place_); }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;

   private:
    friend class RangeLock;
    RangeLock& lock_;
    std::list<std::pair<std::uint64_t, std::uint64_t>>::iterator place_;
  };

 private:
  using Range = std::pair<std::uint64_t, std::uint64_t>;
  using Place = std::list<Range>::iterator;

  void acquire(Range range, Place& place) {
    std::unique_lock lock(mutex_);
    released_.wait(lock, [&] {
      for (const auto& held : held_)
        if (range.first < held.second && held.first < range.second) return false;
      return true;
    });
    place = held_.insert(held_.end(), range);
  }
  void release(Place place) {
    {
      std::lock_guard lock(mutex_);
      held_.erase(place);
    }
    released_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable released_;
  std::list<Range> held_;  // as many as there are threads at work
};

}  // namespace lvm::dm::user
