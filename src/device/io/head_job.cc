// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/io/head_job.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "base/fd.h"
#include "device/io/deadline.h"

namespace lvm::device {
namespace {

constexpr std::size_t kPage = 4096, kStack = 16 * kPage;
constexpr int kNoRing = 3;  // the child's exit status

// Tools that watch each access to memory know of no process that shares it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kWatched = true;
#elif defined(__has_feature)
constexpr bool kWatched = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kWatched = false;
#endif

// What the other process begins with.
struct Child {
  std::span<SharedJob> jobs;
  int lifeline = -1;  // open as long as the process is not done

  // Locks, pipes to whoever waits for our output: none may outlive the parent.
  void close_others() const {
    ::close_range(0, static_cast<unsigned>(lifeline) - 1, 0);
    ::close_range(static_cast<unsigned>(lifeline) + 1, ~0u, 0);
  }
};

// What the other process uses: jobs, paths, buffers, its stack. Once left behind it stays for good, for late answers
// may still be written to it.
class SharedMemory {
 public:
  explicit SharedMemory(std::span<const HeadJob> jobs) {
    std::size_t head = sizeof(Child) + jobs.size() * sizeof(SharedJob), data = 0;
    for (const HeadJob& job : jobs) {
      head += std::strlen(job.path) + 1;
      data += job.length;
    }
    head = (head + kPage - 1) / kPage * kPage;
    size_ = head + data + kStack;
    void* memory = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    memory_ = static_cast<std::byte*>(memory);
    lay_out(jobs, memory_ + head);
  }
  ~SharedMemory() {
    if (memory_ != nullptr && !left_behind_) ::munmap(memory_, size_);
  }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  Child& child() const { return *child_; }
  // Stacks grow downwards.
  std::byte* stack() const { return memory_ + size_; }
  void leave_behind() { left_behind_ = true; }
  explicit operator bool() const { return memory_ != nullptr; }

 private:
  void lay_out(std::span<const HeadJob> jobs, std::byte* buffer) {
    auto* shared = reinterpret_cast<SharedJob*>(memory_ + sizeof(Child));
    auto* path = reinterpret_cast<char*>(shared + jobs.size());
    child_ = new (memory_) Child{{shared, jobs.size()}};
    for (const HeadJob& job : jobs) {
      const std::size_t name = std::strlen(job.path) + 1;
      std::memcpy(path, job.path, name);
      new (shared++) SharedJob{.path = path,
                               .buffer = buffer,
                               .length = job.length,
                               .offset = job.offset,
                               .flags = O_RDONLY | O_CLOEXEC | (job.direct ? O_DIRECT : 0)};
      path += name;
      buffer += job.length;
    }
  }

  std::byte* memory_ = nullptr;
  std::size_t size_ = 0;
  Child* child_ = nullptr;
  bool left_behind_ = false;
};

int run_ring(void* argument) {
  const auto& child = *static_cast<const Child*>(argument);
  child.close_others();
  return read_heads_in_ring(child.jobs) ? 0 : kNoRing;
}

enum class Ended { all_answered, no_ring, timeout, interrupted, not_begun };

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

// In our memory: nothing is copied, and no page of either is new to the machine then. No handler of ours may run there.
pid_t begin(const SharedMemory& memory, bool use_ring) {
  Child& child = memory.child();
  sigset_t all, before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t process =
      use_ring && !kWatched ? ::clone(run_ring, memory.stack(), CLONE_VM | SIGCHLD, &child) : ::fork();
  if (process == 0) {
    if (!use_ring || run_ring(&child) == kNoRing) {
      child.close_others();
      read_heads_in_threads(child.jobs);
    }
    ::_exit(0);
  }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return process;
}

Ended run_once(SharedMemory& memory, const Deadline& deadline, bool use_ring) {
  int pipe_fds[2];
  if (::pipe2(pipe_fds, O_CLOEXEC) != 0) return Ended::not_begun;
  Fd read_end(pipe_fds[0]), write_end(pipe_fds[1]);
  memory.child().lifeline = write_end.get();
  const pid_t process = begin(memory, use_ring);
  if (process < 0) return Ended::not_begun;
  write_end.reset();
  const Ended ended = wait_for_answers(read_end.get(), deadline);
  int status = 0;
  if (ended == Ended::all_answered) {
    ::waitpid(process, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == kNoRing ? Ended::no_ring : ended;
  }
  // One that is stuck in a driver cannot be waited for; init inherits it.
  memory.leave_behind();
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, WNOHANG);
  return ended;
}

}  // namespace

void read_heads(std::span<HeadJob> jobs, std::int64_t milliseconds, bool use_ring) {
  if (jobs.empty()) return;
  SharedMemory memory(jobs);
  const Deadline deadline(milliseconds);
  Ended ended = memory ? run_once(memory, deadline, use_ring) : Ended::not_begun;
  if (ended == Ended::no_ring) ended = run_once(memory, deadline, false);
  const int why_not = errno;  // of what did not begin
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    HeadJob& job = jobs[i];
    if (ended == Ended::not_begun) {
      job.result = -why_not;
      continue;
    }
    const SharedJob& answer = memory.child().jobs[i];
    job.result = answer.result.load(std::memory_order_acquire);
    if (job.result > 0)
      job.data.assign(answer.buffer, answer.buffer + job.result);
    else if (ended == Ended::interrupted && job.result == HeadJob::kPending)
      job.result = HeadJob::kInterrupted;
  }
}

}  // namespace lvm::device
