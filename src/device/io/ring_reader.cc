// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Reads heads with io_uring in a process that shares this one's memory (clone(2) with CLONE_VM, as vfork has it, but
// with stack and descriptors of its own). While it runs this process waits, so both may use one errno; when it is
// stuck in the kernel it never comes back to its own code, for it is killed.
#include "device/io/head_job.h"

#ifdef LVM_HAVE_URING
#include <fcntl.h>
#include <liburing.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <memory>
#include <vector>

#include "device/io/deadline.h"

namespace lvm::device {
namespace {

// The reader keeps to the deadline by itself, unless a driver holds it.
constexpr std::int64_t kGraceMilliseconds = 100;

enum State : std::uint32_t { running, complete, incomplete, no_ring };

// What both processes see.
struct Shared {
  Shared(std::span<const HeadJob> wanted, std::int64_t milliseconds)
      : jobs(wanted.begin(), wanted.end()), descriptors(wanted.size()), deadline(milliseconds) {}
  std::vector<HeadJob> jobs;
  std::vector<int> descriptors;  // of each job while it is open
  Deadline deadline;
  std::atomic<std::uint32_t> state = running;
  alignas(16) std::array<std::byte, 64 << 10> stack;
};

enum class Verb : std::uint64_t { open, read };
std::uint64_t tag(std::size_t job, Verb verb) { return job * 2 + static_cast<std::uint64_t>(verb); }

class RingReader {
 public:
  explicit RingReader(Shared& shared) : shared_(shared) {}
  State run();

 private:
  // As many devices as there may be descriptors: no number of dead ones keeps another from being read.
  std::size_t window() const;
  void open_next();
  void take(std::uint64_t user, int result);

  Shared& shared_;
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
  return std::min({shared_.jobs.size(), allowed, kMost});
}

void RingReader::open_next() {
  if (next_ == shared_.jobs.size()) return;
  const HeadJob& job = shared_.jobs[next_];
  io_uring_sqe* open = io_uring_get_sqe(&ring_);
  if (open == nullptr) return;
  io_uring_prep_openat(open, AT_FDCWD, job.path, O_RDONLY | O_CLOEXEC | (job.direct ? O_DIRECT : 0), 0);
  // Opening may block in the driver: always in a worker, never in this thread.
  open->flags |= IOSQE_ASYNC;
  open->user_data = tag(next_++, Verb::open);
}

void RingReader::take(std::uint64_t user, int result) {
  std::size_t at = user / 2;
  HeadJob& job = shared_.jobs[at];
  bool opened = static_cast<Verb>(user & 1) == Verb::open;
  if (opened && result >= 0) {
    shared_.descriptors[at] = result;
    io_uring_sqe* read = io_uring_get_sqe(&ring_);
    if (read == nullptr) return;
    io_uring_prep_read(read, result, job.buffer, static_cast<unsigned>(job.length), job.offset);
    read->user_data = tag(at, Verb::read);
    return;
  }
  job.result = result;
  // At once: while another device hangs, nobody is to find this one in use.
  if (!opened) ::close(shared_.descriptors[at]);
  ++done_;
  open_next();
}

State RingReader::run() {
  std::size_t count = window();
  if (io_uring_queue_init(static_cast<unsigned>(count), &ring_, 0) != 0) return no_ring;
  // Usually four a processor, which as many dead devices would occupy.
  unsigned workers[2] = {static_cast<unsigned>(count), static_cast<unsigned>(count)};
  io_uring_register_iowq_max_workers(&ring_, workers);
  for (std::size_t i = 0; i < count; ++i) open_next();
  while (done_ < shared_.jobs.size()) {
    __kernel_timespec wait = shared_.deadline.left();
    io_uring_cqe* completion = nullptr;
    int error = io_uring_submit_and_wait_timeout(&ring_, &completion, 1, &wait, nullptr);
    while (io_uring_peek_cqe(&ring_, &completion) == 0 && completion != nullptr) {
      std::uint64_t user = completion->user_data;
      int result = completion->res;
      io_uring_cqe_seen(&ring_, completion);
      take(user, result);
    }
    bool again = error >= 0 || error == -EAGAIN || error == -EINTR || error == -ETIME;
    if (!again || shared_.deadline.over()) return done_ < shared_.jobs.size() ? incomplete : complete;
  }
  return complete;
}

int reader_main(void* argument) {
  Shared& shared = *static_cast<Shared*>(argument);
  // Locks, pipes to whoever waits for our output: none may outlive us.
  ::syscall(SYS_close_range, 0u, ~0u, 0u);
  State state = RingReader(shared).run();
  shared.state.store(state, std::memory_order_release);
  ::syscall(SYS_futex, &shared.state, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  return 0;
}

// Waits until the reader has ended its work, the deadline is long over, or a signal came: then true.
bool wait_for(Shared& shared) {
  Deadline last(shared.deadline.nanoseconds() / 1'000'000 + kGraceMilliseconds);
  while (shared.state.load(std::memory_order_acquire) == running && !last.over()) {
    std::int64_t left = last.nanoseconds();
    timespec wait{.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
    if (::syscall(SYS_futex, &shared.state, FUTEX_WAIT, running, &wait, nullptr, 0) != 0 && errno == EINTR) return true;
  }
  return false;
}

}  // namespace

bool read_heads_in_ring(std::span<HeadJob> jobs, std::int64_t milliseconds) {
  if (jobs.empty()) return true;
  auto shared = std::make_unique<Shared>(jobs, milliseconds);
  // No handler of ours may run there.
  sigset_t all, before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  pid_t reader = ::clone(reader_main, shared->stack.data() + shared->stack.size(), CLONE_VM, shared.get());
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (reader < 0) return false;
  bool interrupted = wait_for(*shared);
  std::uint32_t state = shared->state.load(std::memory_order_acquire);
  bool ended = state == complete || state == no_ring;
  if (ended)
    ::waitpid(reader, nullptr, __WALL);
  else
    leave_behind(reader);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].result = shared->jobs[i].result;
    if (interrupted && jobs[i].result == HeadJob::kPending) jobs[i].result = HeadJob::kInterrupted;
  }
  // What was left behind stands on it.
  if (!ended) (void)shared.release();
  return state != no_ring;
}

}  // namespace lvm::device

#else

namespace lvm::device {
bool read_heads_in_ring(std::span<HeadJob>, std::int64_t) { return false; }
}  // namespace lvm::device

#endif
