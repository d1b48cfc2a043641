// SPDX-License-Identifier: LGPL-2.1-or-later
// Stacks are made by makecontext() and kept for the next fiber; from then on _setjmp() and _longjmp() change between
// them, which make no system call.
#undef _FORTIFY_SOURCE  // it would take another stack's frame for a wrong one
#include "simulation/fiber.h"

#include <ucontext.h>
#include <csetjmp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/result.h"

namespace lvm::simulation {
namespace {

constexpr std::size_t kStack = 256 * 1024;

}  // namespace

struct Fiber::Worker {
  jmp_buf inside, outside;
  ucontext_t start{};
  std::unique_ptr<std::byte[]> stack = std::make_unique_for_overwrite<std::byte[]>(kStack);
  Fiber* fiber = nullptr;
  bool begun = false;

  // For ever: each time for another fiber.
  static void loop(std::uint32_t high, std::uint32_t low) {
    auto* self = reinterpret_cast<Worker*>(std::uintptr_t{high} << 32 | low);
    for (;;) {
      self->fiber->body_();
      self->fiber->body_ = nullptr;
      self->fiber->worker_ = nullptr;
      self->leave();
    }
  }
  void leave() {
    if (_setjmp(inside) == 0) _longjmp(outside, 1);
  }
  void enter() {
    if (_setjmp(outside) != 0) return;
    if (std::exchange(begun, true)) _longjmp(inside, 1);
    getcontext(&start);
    start.uc_stack.ss_sp = stack.get();
    start.uc_stack.ss_size = kStack;
    const auto address = reinterpret_cast<std::uintptr_t>(this);
    makecontext(&start, reinterpret_cast<void (*)()>(&Worker::loop), 2, static_cast<std::uint32_t>(address >> 32),
                static_cast<std::uint32_t>(address));
    setcontext(&start);
  }

  static std::vector<std::unique_ptr<Worker>>& idle() {
    static std::vector<std::unique_ptr<Worker>> workers;
    return workers;
  }
};

Fiber*& Fiber::current() {
  static Fiber* fiber = nullptr;
  return fiber;
}

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)) {
  auto& idle = Worker::idle();
  if (idle.empty()) idle.push_back(std::make_unique<Worker>());
  worker_ = idle.back().release();
  idle.pop_back();
  worker_->fiber = this;
}

Fiber::~Fiber() { CHECK(ended()); }

void Fiber::resume() {
  CHECK(!inside() && !ended());
  Worker* worker = worker_;
  current() = this;
  worker->enter();
  current() = nullptr;
  if (!ended()) return;
  worker->fiber = nullptr;
  Worker::idle().emplace_back(worker);
}

void Fiber::suspend() {
  Worker* worker = current()->worker_;
  worker->leave();
}

}  // namespace lvm::simulation
