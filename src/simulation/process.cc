// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulation/process.h"

#include <algorithm>
#include <utility>

#include "base/result.h"

namespace lvm::simulation {

ProcessTimers::~ProcessTimers() {
  for (const auto& [id, entry] : entries_) host_.world().timers.cancel(entry.world);
}

Timers::Id ProcessTimers::at(Time when, Action action) {
  const Id id = ++last_;
  VirtualTimers& world = host_.world().timers;
  const Time there = when <= now() ? world.now() : std::max(host_.world_time(when), world.now());
  entries_.emplace(id, Entry{world.at(there, [this, id] { come(id); }), std::move(action)});
  return id;
}

void ProcessTimers::soon(Action action) {
  const Id id = ++last_;
  World& world = host_.world();
  const Time there = world.now() + std::chrono::microseconds(5 + world.random.below(50));
  entries_.emplace(id, Entry{world.timers.at(there, [this, id] { come(id); }), std::move(action)});
}

void ProcessTimers::cancel(Id id) {
  auto entry = entries_.extract(id);
  if (entry) host_.world().timers.cancel(entry.mapped().world);
}

void ProcessTimers::come(Id id) {
  if (host_.paused()) {
    held_.push_back(id);
    return;
  }
  auto entry = entries_.extract(id);
  entry.mapped().action();
  if (after_each_) after_each_();
}

void ProcessTimers::go_on() {
  for (const Id id : std::exchange(held_, {}))
    if (auto entry = entries_.find(id); entry != entries_.end())
      entry->second.world = host_.world().timers.after(Time{0}, [this, id] { come(id); });
}

void FiberExecutor::run(const std::string& name, std::function<void()> job, std::function<void()> done) {
  Queue& queue = queues_[name];
  queue.jobs.push_back({std::move(job), std::move(done)});
  if (std::exchange(queue.busy, true)) return;
  timers_.after(Time{0}, [this, &queue] { start(queue); });
}

void FiberExecutor::start(Queue& queue) {
  Job job = std::move(queue.jobs.front());
  queue.jobs.pop_front();
  queue.done = std::move(job.done);
  queue.fiber = std::make_unique<Fiber>(std::move(job.job));
  step(queue);
}

void FiberExecutor::step(Queue& queue) {
  running_ = &queue;
  queue.fiber->resume();
  running_ = nullptr;
  if (!queue.fiber->ended()) return;
  queue.fiber.reset();
  if (stopped_) return;
  timers_.after(Time{0}, [this, &queue] {
    std::exchange(queue.done, nullptr)();
    queue.busy = !queue.jobs.empty();
    if (queue.busy) start(queue);
  });
}

std::function<void()> FiberExecutor::waker() {
  CHECK(running_ != nullptr);
  return [this, queue = running_] { step(*queue); };
}

void FiberExecutor::stop() {
  stopped_ = true;
  for (auto& [name, queue] : queues_)
    while (queue.fiber) step(queue);
}

}  // namespace lvm::simulation
