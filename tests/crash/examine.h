// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "crash/story.h"

// One command under test: every point at which it can be cut, everything that can fail under it.
namespace lvm::crash {

// How much of what is possible is done; the rest is sampled evenly.
struct Bounds {
  std::size_t kills = 60;
  std::size_t power_states = 24;  // of one cut
  std::size_t faults = 40;
  std::size_t opens = 10;
  std::size_t allocations = 8;
  // For a program with sanitizers: what it does is looked at, not every place where it may be cut.
  static Bounds few() { return {6, 3, 6, 2, 2}; }
  static Bounds full() { return {100000, 4096, 100000, 1000, 100000}; }
};

struct Figures {
  std::size_t effects = 0, kills = 0, power_cuts = 0, faults = 0, allocations = 0, losses = 0;
  std::size_t points() const { return kills + power_cuts + faults + allocations + losses; }
  Figures& operator+=(const Figures& other);
};

struct Verdict {
  Figures figures;
  std::vector<std::string> complaints;
};

Verdict examine(const Story& story, const Bounds& bounds);

}  // namespace lvm::crash
