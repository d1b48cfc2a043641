// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/ring.h"

#include <fmt/format.h>
#ifdef LVM_HAVE_URING
#include <liburing.h>
#endif

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/result.h"

namespace lvm::dm::user {

bool io_uring_wanted() {
  const char* said = std::getenv("LVM_IO_URING");
  return said == nullptr || std::string_view(said) != "0";
}

#ifdef LVM_HAVE_URING

namespace {

constexpr unsigned kEntries = 32;

}  // namespace

struct Rings::Ring {
  io_uring ring{};
  ~Ring() { io_uring_queue_exit(&ring); }

  // False: the ring is not to be used again. It has nothing under way in any case.
  bool run(std::span<const RingRead> reads, std::span<int> answers) {
    for (std::size_t i = 0; i < reads.size(); ++i) {
      io_uring_sqe* entry = io_uring_get_sqe(&ring);
      const auto length = static_cast<unsigned>(std::min<std::size_t>(reads[i].out.size(), std::size_t{1} << 30));
      io_uring_prep_read(entry, reads[i].file, reads[i].out.data(), length, reads[i].offset);
      entry->user_data = i;
    }
    std::size_t submitted = 0;
    while (submitted < reads.size()) {
      const int now = io_uring_submit_and_wait(&ring, static_cast<unsigned>(reads.size() - submitted));
      if (now > 0)
        submitted += static_cast<std::size_t>(now);
      else if (now != -EINTR)
        break;
    }
    for (std::size_t done = 0; done < submitted;) {
      io_uring_cqe* completion = nullptr;
      const int waited = io_uring_wait_cqe(&ring, &completion);
      // The callers' buffers are in the kernel's hands until it has answered.
      CHECK(waited == 0 || waited == -EINTR || waited == -EAGAIN);
      if (waited != 0) continue;
      answers[completion->user_data] = completion->res;
      io_uring_cqe_seen(&ring, completion);
      ++done;
    }
    return submitted == reads.size();
  }
};

std::unique_ptr<Rings::Ring> Rings::make() {
  io_uring made{};
  if (int error = io_uring_queue_init(kEntries, &made, 0); error < 0) {
    refusal_ = fmt::format("io_uring: {}", std::strerror(-error));
    return nullptr;
  }
  auto ring = std::make_unique<Ring>();
  ring->ring = made;
  std::unique_ptr<io_uring_probe, decltype(&std::free)> known(io_uring_get_probe_ring(&ring->ring), &std::free);
  if (known == nullptr || io_uring_opcode_supported(known.get(), IORING_OP_READ) == 0) {
    refusal_ = "the kernel's io_uring is too old";
    return nullptr;
  }
  return ring;
}

std::unique_ptr<Rings::Ring> Rings::take() {
  std::lock_guard lock(mutex_);
  if (!refusal_.empty()) return nullptr;
  if (idle_.empty()) return make();
  auto ring = std::move(idle_.back());
  idle_.pop_back();
  return ring;
}

std::vector<int> Rings::run(std::span<const RingRead> reads) {
  std::vector<int> answers(reads.size());
  for (std::size_t start = 0; start < reads.size(); start += kEntries) {
    const auto count = std::min<std::size_t>(reads.size() - start, kEntries);
    auto ring = take();
    if (ring == nullptr) break;
    if (ring->run(reads.subspan(start, count), std::span(answers).subspan(start, count))) give_back(std::move(ring));
  }
  return answers;
}

#else

struct Rings::Ring {};
std::unique_ptr<Rings::Ring> Rings::make() { return nullptr; }
std::unique_ptr<Rings::Ring> Rings::take() { return nullptr; }
std::vector<int> Rings::run(std::span<const RingRead> reads) { return std::vector<int>(reads.size()); }

#endif

Rings::Rings(bool wanted) {
  if (!wanted) refusal_ = "LVM_IO_URING=0";
#ifndef LVM_HAVE_URING
  refusal_ = "built without liburing";
#endif
}

std::string Rings::describe() {
  give_back(take());
  std::lock_guard lock(mutex_);
  return refusal_.empty() ? "io_uring" : fmt::format("piece by piece ({})", refusal_);
}

Rings::~Rings() = default;

void Rings::give_back(std::unique_ptr<Ring> ring) {
  if (ring == nullptr) return;
  std::lock_guard lock(mutex_);
  idle_.push_back(std::move(ring));
}

}  // namespace lvm::dm::user
