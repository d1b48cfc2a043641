// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "idm/manager/types.h"

// Deterministic simulation: a history is a few hosts with the real lock manager, the real lvmlockd and the emulated
// drives, on virtual time, with everything that can go wrong drawn from one seed. docs/idm.md says what is modelled and
// what must hold.
namespace lvm::simulation {

// Every so many-th seed is a history of the whole stack, which costs four times as much as one of the lock manager.
inline constexpr std::uint64_t kWholeStack = 8;

struct Options {
  std::uint64_t seed = 1;
  idm::Rules rules;
  bool faults = true;
  bool lockd_forgets = false;  // for the test of the simulation: lvmlockd begins anew without what its former one had
  std::function<void(const std::string& line)> trace;  // is told what happens
  bool commands = false;                               // with what is sent to the drives, and their answers
};

struct Statistics {
  std::uint64_t grants = 0, contended = 0, errors = 0, losses = 0, takeovers = 0, adoptions = 0, conversions = 0,
                placements = 0, moves = 0, forgotten = 0, half_brains = 0, values = 0, fences = 0, resets = 0,
                kills = 0, lockd_kills = 0, pauses = 0, commands = 0;
  void add(const Statistics& other);
};

struct History {
  std::string violation;  // empty: every invariant held
  Statistics statistics;
  std::uint64_t fingerprint = 0;  // of all that happened: equal for equal seeds
};

// Invariants: never two exclusive holders able to write, never one beside a sharer; a value read is never older than
// one that was read or written for good before; in the end, with all faults healed, every lock can be had.
History run_history(const Options& options);

}  // namespace lvm::simulation
