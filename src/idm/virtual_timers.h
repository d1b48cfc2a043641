// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <unordered_map>
#include <utility>

#include "idm/timers.h"

namespace lvm::idm {

// Time that passes from one event to the next: nothing waits, and the same program does the same again.
class VirtualTimers final : public Timers {
 public:
  Time now() override { return now_; }
  Id at(Time when, Action action) override;
  void cancel(Id id) override;

  bool idle() const { return events_.empty(); }
  Time next_event() const;  // Time::max() when idle
  // Goes to the next event and runs it. False when there is none.
  bool run_one();
  // Runs everything due up to `when`, then stands there.
  void run_until(Time when);
  void run_for(Time duration) { run_until(now_ + duration); }

 private:
  using Key = std::pair<Time, Id>;
  Time now_{0};
  Id last_ = 0;
  std::map<Key, Action> events_;
  std::unordered_map<Id, Time> when_;
};

}  // namespace lvm::idm
