// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>

namespace lvm::simulation {

// A function that can stop in the middle, with a stack of its own: what blocks in a program waits here for an event of
// virtual time. One thread; a fiber is resumed from outside of all fibers.
class Fiber {
 public:
  explicit Fiber(std::function<void()> body);
  // It has ended.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Runs it until it is suspended or ends.
  void resume();
  bool ended() const;
  static bool inside() { return current() != nullptr; }
  // From inside of a fiber: back to where it was resumed.
  static void suspend();

 private:
  struct Contexts;
  static Fiber*& current();

  std::unique_ptr<Contexts> contexts_;
};

}  // namespace lvm::simulation
