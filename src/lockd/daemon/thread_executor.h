// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "lockd/executor.h"

namespace lvm::lockd {

// A thread for each queue; results come back to the loop that polls ready_fd().
class ThreadExecutor final : public Executor {
 public:
  ThreadExecutor();
  ~ThreadExecutor() override;
  Time now() override;
  void run(const std::string& queue, std::function<void()> job, std::function<void()> done) override;

  int ready_fd() const { return ready_.get(); }
  // Calls what is done.
  void dispatch();

 private:
  struct Job {
    std::function<void()> job, done;
  };
  struct Queue {
    std::deque<Job> jobs;
    std::condition_variable wake;
    std::thread thread;
    bool ended = false;  // its thread has left, for nothing came
  };
  void work(Queue& queue);

  std::mutex mutex_;
  bool stopping_ = false;
  std::map<std::string, std::unique_ptr<Queue>> queues_;
  std::vector<std::function<void()>> done_;
  Fd ready_;
};

}  // namespace lvm::lockd
