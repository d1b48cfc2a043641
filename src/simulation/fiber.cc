// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulation/fiber.h"

#include <boost/context/fiber.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>

#include <cstddef>
#include <utility>

#include "base/result.h"

namespace lvm::simulation {
namespace {

constexpr std::size_t kStack = 256 * 1024;

// A history starts thousands of fibers: their stacks are kept for the next ones.
boost::context::pooled_fixedsize_stack& stacks() {
  static boost::context::pooled_fixedsize_stack pool(kStack);
  return pool;
}

}  // namespace

struct Fiber::Contexts {
  boost::context::fiber inside, outside;
};

Fiber*& Fiber::current() {
  static Fiber* fiber = nullptr;
  return fiber;
}

Fiber::Fiber(std::function<void()> body) : contexts_(std::make_unique<Contexts>()) {
  contexts_->inside = boost::context::fiber(std::allocator_arg, stacks(),
                                            [this, body = std::move(body)](boost::context::fiber&& caller) {
                                              contexts_->outside = std::move(caller);
                                              body();
                                              return std::move(contexts_->outside);
                                            });
}

Fiber::~Fiber() { CHECK(ended()); }

bool Fiber::ended() const { return !contexts_->inside; }

void Fiber::resume() {
  CHECK(!inside() && !ended());
  current() = this;
  contexts_->inside = std::move(contexts_->inside).resume();
  current() = nullptr;
}

void Fiber::suspend() {
  Contexts& contexts = *current()->contexts_;
  contexts.outside = std::move(contexts.outside).resume();
}

}  // namespace lvm::simulation
