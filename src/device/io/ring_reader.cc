// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/io/head_job.h"

#ifdef LVM_HAVE_URING
#include <fcntl.h>
#include <liburing.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace lvm::device {
namespace {

enum class Verb : std::uint64_t { open, read };
std::uint64_t tag(std::size_t job, Verb verb) { return job * 2 + static_cast<std::uint64_t>(verb); }

class RingReader {
 public:
  explicit RingReader(std::span<SharedJob> jobs) : jobs_(jobs) {}
  bool run();

 private:
  // As many devices as there may be descriptors: no number of dead ones keeps another from being read.
  std::size_t window() const;
  void open_next();
  void take(std::uint64_t user, int result);

  std::span<SharedJob> jobs_;
  io_uring ring_{};
  std::size_t next_ = 0, done_ = 0;
};

std::size_t RingReader::window() const {
  constexpr std::size_t kMost = 4096, kRing = 8;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  std::size_t allowed = std::max<rlim_t>(limit.rlim_max, 2 * kRing) - kRing;
  return std::min({jobs_.size(), allowed, kMost});
}

void RingReader::open_next() {
  if (next_ == jobs_.size()) return;
  const SharedJob& job = jobs_[next_];
  io_uring_sqe* open = io_uring_get_sqe(&ring_);
  if (open == nullptr) return;
  io_uring_prep_openat(open, AT_FDCWD, job.path, job.flags, 0);
  // Opening may block in the driver: always in a worker, never in this thread.
  open->flags |= IOSQE_ASYNC;
  open->user_data = tag(next_++, Verb::open);
}

void RingReader::take(std::uint64_t user, int result) {
  std::size_t at = user / 2;
  SharedJob& job = jobs_[at];
  bool opened = static_cast<Verb>(user & 1) == Verb::open;
  if (opened && result >= 0) {
    job.descriptor = result;
    io_uring_sqe* read = io_uring_get_sqe(&ring_);
    if (read == nullptr) return;
    io_uring_prep_read(read, result, job.buffer, static_cast<unsigned>(job.length), job.offset);
    read->user_data = tag(at, Verb::read);
    return;
  }
  // At once: while another device hangs, nobody is to find this one in use.
  if (!opened) ::close(job.descriptor);
  job.result.store(result, std::memory_order_release);
  ++done_;
  open_next();
}

bool RingReader::run() {
  std::size_t count = window();
  if (io_uring_queue_init(static_cast<unsigned>(count), &ring_, 0) != 0) return false;
  // Usually four a processor, which as many dead devices would occupy.
  unsigned workers[2] = {static_cast<unsigned>(count), static_cast<unsigned>(count)};
  io_uring_register_iowq_max_workers(&ring_, workers);
  for (std::size_t i = 0; i < count; ++i) open_next();
  while (done_ < jobs_.size()) {
    int error = io_uring_submit_and_wait(&ring_, 1);
    io_uring_cqe* completion = nullptr;
    while (io_uring_peek_cqe(&ring_, &completion) == 0 && completion != nullptr) {
      std::uint64_t user = completion->user_data;
      int result = completion->res;
      io_uring_cqe_seen(&ring_, completion);
      take(user, result);
    }
    if (error < 0 && error != -EAGAIN && error != -EINTR) break;
  }
  io_uring_queue_exit(&ring_);  // its memory may be the parent's
  return true;
}

}  // namespace

bool read_heads_in_ring(std::span<SharedJob> jobs) { return RingReader(jobs).run(); }

}  // namespace lvm::device

#else

namespace lvm::device {
bool read_heads_in_ring(std::span<SharedJob>) { return false; }
}  // namespace lvm::device

#endif
