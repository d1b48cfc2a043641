// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "idm/simulation/history.h"

namespace lvm::idm::simulation {
namespace {

TEST(UnitIdmSimulation, histories_keep_their_invariants) {
  Statistics sum;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const Result result = run_history({.seed = seed});
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
}

TEST(UnitIdmSimulation, a_seed_is_a_history) {
  for (std::uint64_t seed : {5, 6, 7}) {
    const Result first = run_history({.seed = seed}), second = run_history({.seed = seed});
    EXPECT_EQ(first.fingerprint, second.fingerprint);
    EXPECT_EQ(first.statistics.commands, second.statistics.commands);
  }
}

TEST(UnitIdmSimulation, canary_leases_that_count_from_the_answer_are_caught) {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    Options options{.seed = seed};
    options.rules.count_from_answer = true;
    if (run_history(options).violation.find("beside") != std::string::npos) return;
  }
  FAIL() << "two holders would not have been seen";
}

}  // namespace
}  // namespace lvm::idm::simulation
