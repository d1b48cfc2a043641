// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "idm/timers.h"

namespace lvm::idm {

// Time that passes from one event to the next: nothing waits, and the same program does the same again. Events of one
// time run in the order in which they were made.
class VirtualTimers final : public Timers {
 public:
  Time now() override { return now_; }
  Id at(Time when, Action action) override;
  void cancel(Id id) override;

  bool idle() const { return next_event() == Time::max(); }
  Time next_event() const;  // Time::max() when idle
  // Goes to the next event and runs it. False when there is none.
  bool run_one();
  // Runs everything due up to `when`, then stands there.
  void run_until(Time when);
  void run_for(Time duration) { run_until(now_ + duration); }

 private:
  struct Event {
    Time when;
    std::uint64_t number;
    std::uint32_t slot;
    // The heap has its greatest in front.
    bool operator<(const Event& other) const { return when != other.when ? when > other.when : number > other.number; }
  };
  // An id names a slot and the use of it; a slot that was cancelled stays taken until its time has come.
  struct Slot {
    Action action;
    std::uint32_t use = 0;
  };
  bool cancelled(const Event& event) const { return !slots_[event.slot].action; }
  void free_front(std::deque<Event>& queue) const;
  // The next event; nullptr when there is none. What was cancelled before it is dropped.
  const Event* front() const;
  void pop(const Event& event);

  Time now_{0};
  std::uint64_t last_ = 0;
  // Most events are either for now or time limits of commands, all equally long and nearly all cancelled: these come in
  // order, and need no heap.
  mutable std::deque<Event> soon_, limits_;
  mutable std::vector<Event> heap_;
  mutable std::vector<Slot> slots_;
  mutable std::vector<std::uint32_t> free_;
};

}  // namespace lvm::idm
