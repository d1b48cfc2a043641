// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>
#include <vector>

#include "base/fd.h"
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
  constexpr std::size_t kMaxThreads = 128;
  std::vector<std::thread> threads;
  try {
    while (threads.size() + 1 < std::min(jobs.size(), kMaxThreads))
      threads.emplace_back([&] { work(shared, jobs, buffers, report_fd); });
  } catch (const std::system_error&) {
    // As many as there are.
  }
  work(shared, jobs, buffers, report_fd);
  for (std::thread& thread : threads) thread.join();
  ::_exit(0);
}

std::int64_t now_milliseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

// True when all have answered.
bool wait_for_answers(int report_fd, std::size_t count, int timeout_seconds) {
  std::int64_t deadline = now_milliseconds() + std::int64_t{timeout_seconds} * 1000;
  while (count > 0) {
    pollfd poll{.fd = report_fd, .events = POLLIN, .revents = 0};
    std::int64_t left = deadline - now_milliseconds();
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

void read_heads_in_child(std::span<HeadJob> jobs, int timeout_seconds) {
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
  bool complete = child > 0 && wait_for_answers(read_end.get(), jobs.size(), timeout_seconds);
  std::size_t offset = 0;
  for (std::size_t i = 0; i < jobs.size(); offset += jobs[i].length, ++i) {
    jobs[i].result = child < 0 ? -EAGAIN : shared.results()[i].load(std::memory_order_acquire);
    if (jobs[i].result > 0) std::memcpy(jobs[i].buffer, buffers + offset, static_cast<std::size_t>(jobs[i].result));
  }
  if (child > 0) {
    // A child stuck in a driver cannot be waited for; init inherits it.
    if (!complete) ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, complete ? 0 : WNOHANG);
  }
  ::munmap(memory, total);
}

}  // namespace lvm::device
