// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "device/io/head_job.h"

namespace lvm::device {
namespace {

int open_and_read(const SharedJob& job) {
  Fd fd(::open(job.path, job.flags));
  if (!fd) return -errno;
  ssize_t got;
  do {
    got = ::pread(fd.get(), job.buffer, job.length, static_cast<off_t>(job.offset));
  } while (got < 0 && errno == EINTR);
  return got < 0 ? -errno : static_cast<int>(got);
}

}  // namespace

void read_heads_in_threads(std::span<SharedJob> jobs) {
  constexpr std::size_t kThreads = 64;
  constexpr useconds_t kPause = 20'000;
  std::atomic<std::size_t> next = 0;
  // Each thread takes jobs until none is left: as many devices may hang as there are threads before any other has to
  // wait.
  auto work = [&] {
    for (std::size_t i; (i = next.fetch_add(1)) < jobs.size();)
      jobs[i].result.store(open_and_read(jobs[i]), std::memory_order_release);
  };
  std::vector<std::thread> threads;
  // More join while any job waits for its turn: no number of dead devices keeps another from being read.
  do {
    try {
      for (std::size_t more = 0; more < kThreads && threads.size() < jobs.size(); ++more) threads.emplace_back(work);
    } catch (const std::system_error&) {
      // As many as there are.
    }
    if (next.load() < jobs.size()) ::usleep(kPause);
  } while (next.load() < jobs.size());
  for (std::thread& thread : threads) thread.join();
}

}  // namespace lvm::device
