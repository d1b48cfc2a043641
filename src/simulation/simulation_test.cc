// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <string>

#include "simulation/fiber.h"
#include "simulation/history.h"

namespace lvm::simulation {
namespace {

TEST(UnitSimulation, histories_keep_their_invariants) {
  Statistics sum;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const History result = run_history({.seed = seed});
    EXPECT_EQ(result.violation, "") << "again: idm-simulate --trace --seed " << seed;
    sum.add(result.statistics);
  }
  // The histories are about something.
  EXPECT_GT(sum.grants, 1000u);
  EXPECT_GT(sum.takeovers, 10u);
  EXPECT_GT(sum.fences, 0u);
  EXPECT_GT(sum.adoptions, 10u);
  EXPECT_GT(sum.placements, 10u);
  EXPECT_GT(sum.moves, 3u);
  EXPECT_GT(sum.losses, 0u);
  EXPECT_GT(sum.half_brains, 0u);
  EXPECT_GT(sum.forgotten, 50u);
  EXPECT_GT(sum.lockd_kills, 10u);
}

TEST(UnitSimulation, a_seed_is_a_history) {
  for (std::uint64_t seed : {5, 7, 8}) {
    const History first = run_history({.seed = seed}), second = run_history({.seed = seed});
    EXPECT_EQ(first.fingerprint, second.fingerprint);
    EXPECT_EQ(first.statistics.commands, second.statistics.commands);
  }
}

TEST(UnitSimulation, canary_leases_that_count_from_the_answer_are_caught) {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    Options options{.seed = seed};
    options.rules.count_from_answer = true;
    if (run_history(options).violation.find("beside") != std::string::npos) return;
  }
  FAIL() << "two holders would not have been seen";
}

TEST(UnitSimulation, canary_an_lvmlockd_that_does_not_adopt_is_caught) {
  for (std::uint64_t seed = kWholeStack; seed <= 12000; seed += kWholeStack)
    if (!run_history({.seed = seed, .lockd_forgets = true}).violation.empty()) return;
  FAIL() << "locks that nobody knows of would not have been seen";
}

// The processes of a machine are fibers of one thread: each suspends and ends as it is told.
TEST(UnitSimulation, fibers_stop_in_the_middle_and_go_on) {
  std::string said;
  Fiber one([&] {
    said += "a";
    Fiber::suspend();
    said += "c";
  });
  Fiber two([&] { said += "b"; });
  one.resume();
  EXPECT_FALSE(one.ended());
  two.resume();
  EXPECT_TRUE(two.ended());
  one.resume();
  EXPECT_TRUE(one.ended());
  EXPECT_EQ(said, "abc");
}

}  // namespace
}  // namespace lvm::simulation
