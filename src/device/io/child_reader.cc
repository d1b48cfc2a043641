// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "device/io/deadline.h"
#include "device/io/head_job.h"

namespace lvm::device {
namespace {

// Shared by both processes: the results, then the buffers.
struct Shared {
  std::atomic<std::size_t> next;
  std::atomic<int>* results() { return reinterpret_cast<std::atomic<int>*>(this + 1); }
};

int open_and_read(const HeadJob& job, std::byte* buffer) {
  Fd fd(::open(job.path, O_RDONLY | O_CLOEXEC | (job.direct ? O_DIRECT : 0)));
  if (!fd) return -errno;
  ssize_t got;
  do {
    got = ::pread(fd.get(), buffer, job.length, static_cast<off_t>(job.offset));
  } while (got < 0 && errno == EINTR);
  return got < 0 ? -errno : static_cast<int>(got);
}

// Each thread takes jobs until none is left: as many devices may hang as there are threads before any
// other has to wait.
void work(Shared& shared, std::span<const HeadJob> jobs, std::byte* buffers, int report_fd) {
  std::size_t offset_of_next = 0;
  std::size_t done = 0;
  for (std::size_t i; (i = shared.next.fetch_add(1)) < jobs.size();) {
    for (; done < i; ++done) offset_of_next += jobs[done].length;
    shared.results()[i].store(open_and_read(jobs[i], buffers + offset_of_next), std::memory_order_release);
    [[maybe_unused]] ssize_t written = ::write(report_fd, "", 1);
  }
}

[[noreturn]] void run_child(Shared& shared, std::span<const HeadJob> jobs, std::byte* buffers, int report_fd) {
  // Locks, pipes to whoever waits for our output: none may outlive the parent.
  ::close_range(0, static_cast<unsigned>(report_fd) - 1, 0);
  ::close_range(static_cast<unsigned>(report_fd) + 1, ~0u, 0);
  constexpr std::size_t kThreads = 64;
  constexpr useconds_t kPause = 20'000;
  std::vector<std::thread> threads;
  // More join while any job waits for its turn: no number of dead devices keeps another from being read.
  do {
    try {
      for (std::size_t more = 0; more < kThreads && threads.size() < jobs.size(); ++more)
        threads.emplace_back([&] { work(shared, jobs, buffers, report_fd); });
    } catch (const std::system_error&) {
      // As many as there are.
    }
    if (shared.next.load() < jobs.size()) ::usleep(kPause);
  } while (shared.next.load() < jobs.size());
  for (std::thread& thread : threads) thread.join();
  ::_exit(0);
}

// True when all have answered.
bool wait_for_answers(int report_fd, std::size_t count, const Deadline& deadline) {
  while (count > 0) {
    pollfd poll{.fd = report_fd, .events = POLLIN, .revents = 0};
    std::int64_t left = (deadline.nanoseconds() + 999'999) / 1'000'000;
    if (left <= 0 || ::poll(&poll, 1, static_cast<int>(left)) < 0) return false;
    if (poll.revents == 0) continue;
    char answers[256];
    ssize_t got = ::read(report_fd, answers, sizeof answers);
    if (got <= 0) return false;
    count -= std::min(count, static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace

void leave_behind(pid_t process) {
  // One that is stuck in a driver cannot be waited for; init inherits it.
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, WNOHANG | __WALL);
}

void read_heads_in_child(std::span<HeadJob> jobs, std::int64_t milliseconds) {
  std::size_t head = (sizeof(Shared) + jobs.size() * sizeof(std::atomic<int>) + 4095) / 4096 * 4096;
  std::size_t total = head;
  for (const HeadJob& job : jobs) total += job.length;
  void* memory = ::mmap(nullptr, total, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int pipe_fds[2];
  if (memory == MAP_FAILED || ::pipe2(pipe_fds, O_CLOEXEC) != 0) {
    for (HeadJob& job : jobs) job.result = -errno;
    return;
  }
  Fd read_end(pipe_fds[0]), write_end(pipe_fds[1]);
  auto& shared = *new (memory) Shared{.next = 0};
  for (std::size_t i = 0; i < jobs.size(); ++i) shared.results()[i] = HeadJob::kPending;
  std::byte* buffers = static_cast<std::byte*>(memory) + head;

  pid_t child = ::fork();
  if (child == 0) run_child(shared, jobs, buffers, write_end.get());
  write_end.reset();
  bool complete = child > 0 && wait_for_answers(read_end.get(), jobs.size(), Deadline(milliseconds));
  std::size_t offset = 0;
  for (std::size_t i = 0; i < jobs.size(); offset += jobs[i].length, ++i) {
    jobs[i].result = child < 0 ? -EAGAIN : shared.results()[i].load(std::memory_order_acquire);
    if (jobs[i].result > 0) std::memcpy(jobs[i].buffer, buffers + offset, static_cast<std::size_t>(jobs[i].result));
  }
  if (complete)
    ::waitpid(child, nullptr, 0);
  else if (child > 0)
    leave_behind(child);
  ::munmap(memory, total);
}

}  // namespace lvm::device
