// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/daemon/thread_executor.h"

#include <sys/eventfd.h>

#include <ctime>
#include <utility>

#include "base/result.h"

namespace lvm::lockd {
namespace {

constexpr std::chrono::seconds kIdle{30};  // then a thread ends

}  // namespace

ThreadExecutor::ThreadExecutor() : ready_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { CHECK(ready_); }

// A lock manager's call that is under way is waited for.
ThreadExecutor::~ThreadExecutor() {
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
    for (auto& [name, queue] : queues_) queue->wake.notify_all();
  }
  for (auto& [name, queue] : queues_)
    if (queue->thread.joinable()) queue->thread.join();
}

Time ThreadExecutor::now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return Time(std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000);
}

void ThreadExecutor::run(const std::string& name, std::function<void()> job, std::function<void()> done) {
  const std::lock_guard guard(mutex_);
  std::unique_ptr<Queue>& queue = queues_[name];
  if (!queue) queue = std::make_unique<Queue>();
  queue->jobs.push_back({std::move(job), std::move(done)});
  if (queue->ended) queue->thread.join();
  if (queue->ended || !queue->thread.joinable()) {
    queue->ended = false;
    queue->thread = std::thread([this, target = queue.get()] { work(*target); });
  }
  queue->wake.notify_one();
}

void ThreadExecutor::work(Queue& queue) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (queue.jobs.empty() && !stopping_)
      queue.wake.wait_for(lock, kIdle, [&] { return stopping_ || !queue.jobs.empty(); });
    if (queue.jobs.empty() || stopping_) {
      queue.ended = true;
      return;
    }
    Job job = std::move(queue.jobs.front());
    queue.jobs.pop_front();
    lock.unlock();
    job.job();
    job.job = nullptr;
    lock.lock();
    done_.push_back(std::move(job.done));
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(ready_.get(), &one, sizeof one);
  }
}

void ThreadExecutor::dispatch() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(ready_.get(), &count, sizeof count);
  std::vector<std::function<void()>> done;
  {
    const std::lock_guard guard(mutex_);
    done.swap(done_);
  }
  for (const auto& each : done) each();
}

}  // namespace lvm::lockd
