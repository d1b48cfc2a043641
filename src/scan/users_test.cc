// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scan/users.h"

#include <gtest/gtest.h>

#include "syntax/document.h"
#include "system/fake/fake_system.h"

namespace lvm::scan {
namespace {

// A clock by which somebody closes the device in the n-th pause.
class Closing final : public Clock {
 public:
  Closing(dm::FakeEngine& engine, int pauses) : engine_(engine), pauses_(pauses) {}
  std::int64_t unix_seconds() override { return 0; }
  void random_bytes(std::span<std::uint8_t>) override {}
  void sleep_milliseconds(std::uint64_t) override {
    if (++slept == pauses_) engine_.set_open_count("LVM-a", 0);
  }
  int slept = 0;

 private:
  dm::FakeEngine& engine_;
  int pauses_;
};

struct Look {
  std::int32_t open_count;
  int pauses;
};

Look look(int closed_in_pause, const std::string& settings) {
  FakeSystem machine;
  EXPECT_TRUE(machine.dm.create({"vg-a", "LVM-a", std::nullopt}));
  machine.dm.set_open_count("LVM-a", 1);
  world::World world;
  world.live["LVM-a"].info = **machine.dm.info("LVM-a");
  Closing clock(machine.dm, closed_in_pause);
  System& whole = machine.system;
  System system{whole.io, whole.dm, whole.locks, clock, whole.files, whole.programs, whole.trace};
  config::Config config;
  config.add(config::Config::Layer::command_line, *syntax::Document::parse(settings, "test"));
  look_at_users(system, config, {"LVM-a", "LVM-gone"}, world);
  return {world.live["LVM-a"].info.open_count, clock.slept};
}

TEST(UnitUsers, WhoClosesTheDeviceInAMomentDoesNotCount) {
  Look look_at_udev = look(3, "");
  EXPECT_EQ(look_at_udev.open_count, 0);
  EXPECT_EQ(look_at_udev.pauses, 3);
}

TEST(UnitUsers, WhoStaysIsWaitedForOnce) {
  Look look_at_program = look(1000, "");
  EXPECT_EQ(look_at_program.open_count, 1);
  EXPECT_EQ(look_at_program.pauses, 24);
}

TEST(UnitUsers, NobodyIsWaitedForWhereThatIsSwitchedOff) {
  Look look_at_udev = look(3, "activation { retry_deactivation = 0 }");
  EXPECT_EQ(look_at_udev.open_count, 1);
  EXPECT_EQ(look_at_udev.pauses, 0);
}

}  // namespace
}  // namespace lvm::scan
