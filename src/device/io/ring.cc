// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/io/ring.h"

#include "base/result.h"

#ifdef LVM_HAVE_URING
#include <fcntl.h>
#include <liburing.h>
#include <time.h>

#include <cerrno>

namespace lvm::device {

struct Ring::State {
  io_uring ring;
};

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::int64_t now_nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kNanosecondsPerSecond + now.tv_nsec;
}

// Two requests per job: the number of the job twice, plus one for the open.
std::uint64_t tag(std::size_t job, bool opening) { return job * 2 + (opening ? 1 : 0); }

// Waits for `expected` completions and hands each to `take`. 0, or -ETIME, or -EINTR.
template <class Take>
int collect(io_uring& ring, std::size_t expected, int timeout_seconds, Take take) {
  std::int64_t deadline = now_nanoseconds() + timeout_seconds * kNanosecondsPerSecond;
  while (expected > 0) {
    std::int64_t left = deadline - now_nanoseconds();
    if (left <= 0) return -ETIME;
    __kernel_timespec wait{.tv_sec = left / kNanosecondsPerSecond, .tv_nsec = left % kNanosecondsPerSecond};
    io_uring_cqe* completion = nullptr;
    int error = io_uring_submit_and_wait_timeout(&ring, &completion, 1, &wait, nullptr);
    if (error == -ETIME || error == -EAGAIN) continue;
    if (error < 0) return error;
    while (io_uring_peek_cqe(&ring, &completion) == 0 && completion != nullptr) {
      take(completion->user_data, completion->res);
      io_uring_cqe_seen(&ring, completion);
      --expected;
    }
  }
  return 0;
}

}  // namespace

Ring::Ring(std::unique_ptr<State> state) : state_(std::move(state)) {}

Ring::~Ring() {
  if (abandoned_)
    (void)state_.release();  // late answers still go there; the end of the process frees it
  else
    io_uring_queue_exit(&state_->ring);
}

std::unique_ptr<Ring> Ring::make() {
  auto state = std::make_unique<State>();
  if (io_uring_queue_init(2 * kMaxJobs, &state->ring, 0) != 0) return nullptr;
  if (io_uring_register_files_sparse(&state->ring, kMaxJobs) != 0) {
    io_uring_queue_exit(&state->ring);
    return nullptr;
  }
  return std::unique_ptr<Ring>(new Ring(std::move(state)));
}

void Ring::read_heads(std::span<HeadJob> jobs, int timeout_seconds) {
  CHECK(jobs.size() <= kMaxJobs && !abandoned_);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const HeadJob& job = jobs[i];
    unsigned slot = static_cast<unsigned>(i);
    // Opening may block in the driver too: always in a worker, never in this thread.
    io_uring_sqe* open = io_uring_get_sqe(&state_->ring);
    io_uring_prep_openat_direct(open, AT_FDCWD, job.path, O_RDONLY | (job.direct ? O_DIRECT : 0), 0, slot);
    open->flags |= IOSQE_IO_LINK | IOSQE_ASYNC;
    open->user_data = tag(i, true);
    io_uring_sqe* read = io_uring_get_sqe(&state_->ring);
    io_uring_prep_read(read, static_cast<int>(slot), job.buffer, static_cast<unsigned>(job.length), job.offset);
    read->flags |= IOSQE_FIXED_FILE;
    read->user_data = tag(i, false);
  }
  int ended = collect(state_->ring, 2 * jobs.size(), timeout_seconds, [&](std::uint64_t user, int result) {
    HeadJob& job = jobs[user / 2];
    bool opening = (user & 1) != 0;
    if (opening ? result < 0 : job.result == HeadJob::kPending) job.result = result;
  });
  if (ended == 0) {
    // Closes the devices: the slots are empty for the next batch.
    io_uring_unregister_files(&state_->ring);
    if (io_uring_register_files_sparse(&state_->ring, kMaxJobs) == 0) return;
  }
  abandoned_ = true;
  if (ended == -ETIME) return;
  for (HeadJob& job : jobs)
    if (job.result == HeadJob::kPending) job.result = ended == -EINTR ? HeadJob::kInterrupted : ended;
}

int Ring::read(int fd, std::byte* buffer, std::size_t length, std::uint64_t offset, int timeout_seconds) {
  CHECK(!abandoned_);
  io_uring_sqe* read = io_uring_get_sqe(&state_->ring);
  io_uring_prep_read(read, fd, buffer, static_cast<unsigned>(length), offset);
  int answer = HeadJob::kPending;
  int ended = collect(state_->ring, 1, timeout_seconds, [&](std::uint64_t, int result) { answer = result; });
  if (ended == 0) return answer;
  abandoned_ = true;
  if (ended == -ETIME) return HeadJob::kPending;
  return ended == -EINTR ? HeadJob::kInterrupted : ended;
}

}  // namespace lvm::device

#else

namespace lvm::device {
struct Ring::State {};
Ring::Ring(std::unique_ptr<State>) {}
Ring::~Ring() = default;
std::unique_ptr<Ring> Ring::make() { return nullptr; }
void Ring::read_heads(std::span<HeadJob>, int) { CHECK(false); }
int Ring::read(int, std::byte*, std::size_t, std::uint64_t, int) {
  CHECK(false);
  return 0;
}
}  // namespace lvm::device

#endif
