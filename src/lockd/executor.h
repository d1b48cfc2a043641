// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace lvm::lockd {

using Time = std::chrono::milliseconds;  // since some moment

// Where the calls of lock managers run, and the time. The daemon has a thread for each lockspace; tests have
// virtual time.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual Time now() = 0;
  // Jobs of one queue run one after the other, in order. `done` runs where the core runs, never within run().
  virtual void run(const std::string& queue, std::function<void()> job, std::function<void()> done) = 0;
};

}  // namespace lvm::lockd
