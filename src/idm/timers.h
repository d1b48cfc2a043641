// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace lvm::idm {

// A monotonic time: since an arbitrary origin, never set back. A duration has the same type.
using Time = std::chrono::nanoseconds;

// The time and what is to be done later. The daemon's runs on the machine's monotonic clock, the simulation's
// on events alone. Everything runs in the thread that runs the loop.
class Timers {
 public:
  using Id = std::uint64_t;  // 0 is none
  using Action = std::move_only_function<void()>;

  virtual ~Timers() = default;
  virtual Time now() = 0;
  // Runs the action once at `when`, or as soon as the loop turns when that has passed. Equal times: in the order
  // in which they were asked for.
  virtual Id at(Time when, Action action) = 0;
  Id after(Time duration, Action action) { return at(now() + duration, std::move(action)); }
  // Nothing happens when it has run already.
  virtual void cancel(Id id) = 0;
};

}  // namespace lvm::idm
