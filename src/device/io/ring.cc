// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/io/ring.h"

#include "base/result.h"

#ifdef LVM_HAVE_URING
#include <liburing.h>

#include <cerrno>

#include "device/io/deadline.h"

namespace lvm::device {

struct Ring::State {
  io_uring ring;
};

Ring::Ring(std::unique_ptr<State> state) : state_(std::move(state)) {}

Ring::~Ring() {
  if (abandoned_)
    (void)state_.release();  // late answers still go there; the end of the process frees it
  else
    io_uring_queue_exit(&state_->ring);
}

std::unique_ptr<Ring> Ring::make() {
  auto state = std::make_unique<State>();
  if (io_uring_queue_init(2, &state->ring, 0) != 0) return nullptr;
  return std::unique_ptr<Ring>(new Ring(std::move(state)));
}

int Ring::read(int fd, std::byte* buffer, std::size_t length, std::uint64_t offset, std::int64_t milliseconds) {
  CHECK(!abandoned_);
  io_uring_sqe* read = io_uring_get_sqe(&state_->ring);
  io_uring_prep_read(read, fd, buffer, static_cast<unsigned>(length), offset);
  Deadline deadline(milliseconds);
  for (;;) {
    __kernel_timespec wait = deadline.left();
    io_uring_cqe* completion = nullptr;
    int error = io_uring_submit_and_wait_timeout(&state_->ring, &completion, 1, &wait, nullptr);
    if (io_uring_peek_cqe(&state_->ring, &completion) == 0 && completion != nullptr) {
      int answer = completion->res;
      io_uring_cqe_seen(&state_->ring, completion);
      return answer;
    }
    if (error >= 0 || error == -EAGAIN || (error == -ETIME && !deadline.over())) continue;
    abandoned_ = true;
    if (error == -ETIME) return HeadJob::kPending;
    return error == -EINTR ? HeadJob::kInterrupted : error;
  }
}

}  // namespace lvm::device

#else

namespace lvm::device {
struct Ring::State {};
Ring::Ring(std::unique_ptr<State>) {}
Ring::~Ring() = default;
std::unique_ptr<Ring> Ring::make() { return nullptr; }
int Ring::read(int, std::byte*, std::size_t, std::uint64_t, std::int64_t) {
  CHECK(false);
  return 0;
}
}  // namespace lvm::device

#endif
