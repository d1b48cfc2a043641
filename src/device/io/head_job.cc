// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/io/head_job.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/fd.h"
#include "device/io/deadline.h"

namespace lvm::device {
namespace {

constexpr std::size_t kPage = 4096;

// Seen by both processes: the results, then the buffers.
class SharedMemory {
 public:
  explicit SharedMemory(std::span<const HeadJob> jobs) {
    std::size_t head = (jobs.size() * sizeof(std::atomic<int>) + kPage - 1) / kPage * kPage;
    size_ = head;
    for (const HeadJob& job : jobs) size_ += job.length;
    void* memory = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    memory_ = static_cast<std::byte*>(memory);
    std::byte* buffer = memory_ + head;
    for (std::size_t i = 0; i < jobs.size(); buffer += jobs[i].length, ++i) {
      auto* result = new (memory_ + i * sizeof(std::atomic<int>)) std::atomic<int>(HeadJob::kPending);
      jobs_.push_back({&jobs[i], buffer, result});
    }
  }
  ~SharedMemory() {
    if (memory_ != nullptr) ::munmap(memory_, size_);
  }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  std::span<const SharedJob> jobs() const { return jobs_; }
  explicit operator bool() const { return memory_ != nullptr; }

 private:
  std::byte* memory_ = nullptr;
  std::size_t size_ = 0;
  std::vector<SharedJob> jobs_;
};

// `lifeline` is open as long as this process is not done.
[[noreturn]] void run_child(std::span<const SharedJob> jobs, bool use_ring, int lifeline) {
  // Locks, pipes to whoever waits for our output: none may outlive the parent.
  ::close_range(0, static_cast<unsigned>(lifeline) - 1, 0);
  ::close_range(static_cast<unsigned>(lifeline) + 1, ~0u, 0);
  if (!use_ring || !read_heads_in_ring(jobs)) read_heads_in_threads(jobs);
  ::_exit(0);
}

enum class Ended { all_answered, timeout, interrupted };

// Woken once, however many answer: to be woken costs more than most of them do.
Ended wait_for_answers(int lifeline, const Deadline& deadline) {
  while (true) {
    pollfd poll{.fd = lifeline, .events = 0, .revents = 0};
    std::int64_t left = (deadline.nanoseconds() + 999'999) / 1'000'000;
    if (left <= 0) return Ended::timeout;
    if (::poll(&poll, 1, static_cast<int>(left)) < 0) return errno == EINTR ? Ended::interrupted : Ended::timeout;
    if (poll.revents != 0) return Ended::all_answered;
  }
}

// One that is stuck in a driver cannot be waited for; init inherits it.
void leave_behind(pid_t process) {
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, WNOHANG);
}

// No handler of ours may run in the child.
pid_t fork_without_signals() {
  sigset_t all, before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  pid_t child = ::fork();
  if (child != 0) ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return child;
}

}  // namespace

void read_heads(std::span<HeadJob> jobs, std::int64_t milliseconds, bool use_ring) {
  if (jobs.empty()) return;
  SharedMemory shared(jobs);
  int pipe_fds[2];
  if (!shared || ::pipe2(pipe_fds, O_CLOEXEC) != 0) {
    for (HeadJob& job : jobs) job.result = -errno;
    return;
  }
  Fd read_end(pipe_fds[0]), write_end(pipe_fds[1]);
  pid_t child = fork_without_signals();
  if (child == 0) run_child(shared.jobs(), use_ring, write_end.get());
  write_end.reset();
  Ended ended = child < 0 ? Ended::timeout : wait_for_answers(read_end.get(), Deadline(milliseconds));
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const SharedJob& answer = shared.jobs()[i];
    jobs[i].result = child < 0 ? -EAGAIN : answer.result->load(std::memory_order_acquire);
    if (jobs[i].result > 0)
      jobs[i].data.assign(answer.buffer, answer.buffer + jobs[i].result);
    else if (ended == Ended::interrupted && jobs[i].result == HeadJob::kPending)
      jobs[i].result = HeadJob::kInterrupted;
  }
  if (child < 0) return;
  if (ended == Ended::all_answered)
    ::waitpid(child, nullptr, 0);
  else
    leave_behind(child);
}

}  // namespace lvm::device
