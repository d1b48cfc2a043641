// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "idm/timers.h"
#include "lockd/executor.h"
#include "simulation/fiber.h"
#include "simulation/host.h"

namespace lvm::simulation {

// The timers of a process: by the clock of its machine, still when the machine stands still, gone with the process.
class ProcessTimers final : public Timers {
 public:
  // `after_each`: what the process's loop does behind everything that happens.
  ProcessTimers(Host& host, std::function<void()> after_each) : host_(host), after_each_(std::move(after_each)) {}
  ~ProcessTimers() override;
  ProcessTimers(const ProcessTimers&) = delete;
  ProcessTimers& operator=(const ProcessTimers&) = delete;

  Time now() override { return host_.clock(); }
  Id at(Time when, Action action) override;
  void cancel(Id id) override;
  // A few microseconds: to another process and back.
  void soon(Action action);
  // The machine goes on.
  void go_on();

 private:
  struct Entry {
    Id world = 0;
    Action action;
  };
  void come(Id id);

  Host& host_;
  std::function<void()> after_each_;
  std::unordered_map<Id, Entry> entries_;
  std::vector<Id> held_;
  Id last_ = 0;
};

// Where lvmlockd's calls of lock managers run: they block, so each lockspace has a fiber for them.
class FiberExecutor final : public lockd::Executor {
 public:
  explicit FiberExecutor(ProcessTimers& timers) : timers_(timers) {}
  lockd::Time now() override { return std::chrono::duration_cast<lockd::Time>(timers_.now()); }
  void run(const std::string& queue, std::function<void()> job, std::function<void()> done) override;

  // For the call that runs now: suspends it until the result is called, from outside.
  std::function<void()> waker();
  // The process ends: every call returns, with whatever error, and nobody hears of it.
  void stop();
  bool stopped() const { return stopped_; }

 private:
  struct Job {
    std::function<void()> job, done;
  };
  struct Queue {
    std::deque<Job> jobs;
    std::unique_ptr<Fiber> fiber;
    std::function<void()> done;
    bool busy = false;
  };
  void start(Queue& queue);
  void step(Queue& queue);

  ProcessTimers& timers_;
  std::map<std::string, Queue> queues_;
  Queue* running_ = nullptr;
  bool stopped_ = false;
};

}  // namespace lvm::simulation
