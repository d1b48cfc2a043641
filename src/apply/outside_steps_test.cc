// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apply/testing/listener.h"
#include "system/fake/fake_system.h"

namespace lvm::apply {
namespace {

using ::testing::ElementsAre;

class UnitOutsideSteps : public ::testing::Test {
 protected:
  static step::RunProgram program(std::vector<std::string> words, std::vector<std::string> at_the_end = {}) {
    step::RunProgram out;
    out.words = std::move(words);
    out.at_the_end = std::move(at_the_end);
    return out;
  }
  Outcome run(std::vector<step::Step> steps) {
    step::Plan plan;
    plan.stages.push_back({nullptr, nullptr, std::move(steps), {}});
    Applier applier(machine_.system, config_, world_, listener_, {});
    return applier.run(plan);
  }

  FakeSystem machine_;
  config::Config config_;
  world::World world_;
  testing::Listener listener_;
};

TEST_F(UnitOutsideSteps, WhatWasUnmountedIsMountedAgainLastFirst) {
  EXPECT_TRUE(run({program({"umount", "/b"}, {"mount", "/b"}), program({"umount", "/a"}, {"mount", "/a"}),
                   program({"resize2fs", "/dev/vg/a"})})
                  .ok());
  EXPECT_THAT(machine_.programs.lines,
              ElementsAre("umount /b", "umount /a", "resize2fs /dev/vg/a", "mount /a", "mount /b"));
}

TEST_F(UnitOutsideSteps, AlsoWhenAProgramFailsAndOnlyWhatWasDone) {
  machine_.programs.statuses["e2fsck"] = 4;
  EXPECT_FALSE(run({program({"umount", "/a"}, {"mount", "/a"}), program({"e2fsck", "/dev/vg/a"}),
                    program({"umount", "/b"}, {"mount", "/b"})})
                   .ok());
  EXPECT_THAT(machine_.programs.lines, ElementsAre("umount /a", "e2fsck /dev/vg/a", "mount /a"));
  EXPECT_THAT(listener_.errors, ElementsAre("e2fsck /dev/vg/a failed with status 4."));
}

TEST_F(UnitOutsideSteps, AStatusWithinWhatIsAcceptedIsNoFailure) {
  machine_.programs.statuses["e2fsck"] = 1;
  step::RunProgram check = program({"e2fsck", "/dev/vg/a"});
  check.accepted = 1;
  EXPECT_TRUE(run({check}).ok());
}

TEST_F(UnitOutsideSteps, AMountThatFailsAtTheEndIsAFailureOfTheCommand) {
  machine_.programs.statuses["mount"] = 32;
  EXPECT_FALSE(run({program({"umount", "/a"}, {"mount", "/a"})}).ok());
  EXPECT_EQ(listener_.errors.size(), 1u);
}

TEST_F(UnitOutsideSteps, FilesAreReplacedAndRemoved) {
  EXPECT_TRUE(run({step::ReplaceFile{"/etc/lvm/devices/f", "text", 0644, "devices file"}}).ok());
  EXPECT_EQ(machine_.files.read("/etc/lvm/devices/f").value_or(""), "text");
  EXPECT_TRUE(run({step::RemoveFile{"/etc/lvm/devices/f"}, step::RemoveFile{"/etc/lvm/devices/absent"}}).ok());
  EXPECT_FALSE(machine_.files.read("/etc/lvm/devices/f"));
}

}  // namespace
}  // namespace lvm::apply
