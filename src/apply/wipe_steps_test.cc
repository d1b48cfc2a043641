// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apply/testing/listener.h"
#include "system/fake/fake_system.h"

namespace lvm::apply {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Bytes kMiB(1 << 20);

class UnitWipeSteps : public ::testing::Test {
 protected:
  void SetUp() override { machine_.io.refuse_discards("/dev/sdb"); }

  Outcome run(std::vector<step::Stage> stages) {
    step::Plan plan;
    plan.stages = std::move(stages);
    Applier applier(machine_.system, config_, world_, listener_, {});
    return applier.run(plan);
  }
  Outcome discard(step::Discard step) { return run({{nullptr, nullptr, {std::move(step)}, {}}}); }

  // "1+2": MiB.
  std::vector<std::string> discarded() const {
    std::vector<std::string> out;
    for (const device::DiskEvent& event : machine_.io.events())
      if (event.kind == device::DiskEvent::Kind::discard)
        out.push_back(std::to_string(event.offset.n / kMiB.n) + "+" + std::to_string(event.length.n / kMiB.n));
    return out;
  }

  FakeSystem machine_;
  config::Config config_;
  world::World world_;
  testing::Listener listener_;
  device::Device disk_ = machine_.io.add("/dev/sda", Bytes(std::uint64_t{8} << 30));
  device::Device plain_ = machine_.io.add("/dev/sdb", Bytes(64 << 20));
};

TEST_F(UnitWipeSteps, ExtentsAreFilledAndGetAHeadAndNothingElseIsTouched) {
  step::FillExtents fill{disk_, kMiB, Bytes(8192), std::byte{0xff}, {std::byte{1}, std::byte{2}}, "vg/log"};
  EXPECT_TRUE(run({{nullptr, nullptr, {fill}, {}}}).ok());
  std::vector<std::byte> expected(4 * 4096);
  std::fill_n(expected.begin() + 4096, 8192, std::byte{0xff});
  expected[4096] = std::byte{1};
  expected[4097] = std::byte{2};
  EXPECT_EQ(machine_.io.peek("/dev/sda", kMiB - Bytes(4096), expected.size()), expected);
}

TEST_F(UnitWipeSteps, ALongOneIsDoneInPieces) {
  EXPECT_TRUE(discard({disk_, kMiB, kMiB * 2050}).ok());
  EXPECT_THAT(discarded(), ElementsAre("1+1024", "1025+1024", "2049+2"));
}

TEST_F(UnitWipeSteps, WhatDoesNotDiscardIsNoFailure) {
  EXPECT_TRUE(discard({plain_, kMiB, kMiB}).ok());
  EXPECT_THAT(discarded(), IsEmpty());
  EXPECT_THAT(machine_.trace.warnings, IsEmpty());
}

TEST_F(UnitWipeSteps, NorIsADiscardThatFailsAndTheOthersAreDone) {
  machine_.io.fail_write(0);
  EXPECT_TRUE(
      run({{nullptr, nullptr, {step::Discard{disk_, kMiB, kMiB}, step::Discard{disk_, kMiB * 2, kMiB}}, {}}}).ok());
  EXPECT_THAT(discarded(), ElementsAre("2+1"));
  EXPECT_THAT(listener_.errors, IsEmpty());
  EXPECT_EQ(machine_.trace.warnings.size(), 1u);
}

TEST_F(UnitWipeSteps, UnlessTheCommandDependsOnIt) {
  EXPECT_FALSE(discard({plain_, kMiB, kMiB, true}).ok());
  EXPECT_THAT(listener_.errors, ElementsAre("/dev/sdb: discard failed: Operation not supported"));
  machine_.io.fail_write(0);
  EXPECT_FALSE(discard({disk_, kMiB, kMiB, true}).ok());
  EXPECT_THAT(discarded(), IsEmpty());
}

TEST_F(UnitWipeSteps, NothingIsDiscardedBehindAStageThatFailed) {
  step::RunProgram program;
  program.words = {"e2fsck", "/dev/vg/a"};
  machine_.programs.statuses["e2fsck"] = 4;
  EXPECT_FALSE(
      run({{nullptr, nullptr, {program}, {}}, {nullptr, nullptr, {step::Discard{disk_, kMiB, kMiB}}, {}}}).ok());
  EXPECT_THAT(discarded(), IsEmpty());
}

}  // namespace
}  // namespace lvm::apply
