// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "activate/testing/test_world.h"

namespace lvm::activate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Machine;

class UnitRecover : public ::testing::Test {
 protected:
  // Looks at the machine with the metadata of `vg` and ends what was begun.
  static void recover_and_check(Machine& machine, const std::string& where) {
    SCOPED_TRACE(where);
    machine.look();
    auto steps = recover(machine.world, machine.view(), machine.config);
    ASSERT_TRUE(steps) << steps.error().text();
    auto done = machine.run(*steps);
    ASSERT_TRUE(done) << done.error().text();
    machine.look();
    for (const auto& [uuid, live] : machine.world.live) {
      EXPECT_FALSE(live.info.suspended) << live.info.name;
      EXPECT_FALSE(live.info.inactive_table) << live.info.name;
      EXPECT_TRUE(live.info.live_table) << live.info.name;
    }
    EXPECT_THAT(recover(machine.world, machine.view(), machine.config).value(), IsEmpty());
    for (const auto& lv : machine.vg.lvs) {
      if (machine.world.find_live(top_uuid(machine.vg, lv)) == nullptr) continue;
      // What is up is exactly what the metadata wants: activating it changes nothing.
      auto more = activate(machine.world, machine.view(), machine.vg, lv, machine.config, {});
      ASSERT_TRUE(more);
      EXPECT_THAT(*more, IsEmpty()) << lv.name << "\n" << machine.engine.dump();
    }
  }

  // Stops after every step of the change, with the metadata that is then on disk, and recovers.
  static void crash_everywhere(Machine machine, const model::Vg& after, const std::string& old_name,
                               const std::string& new_name) {
    machine.look();
    auto steps = change(machine.world, machine.view(), machine.vg, machine.lv(old_name), after,
                        *after.find_lv(new_name), machine.config, {});
    ASSERT_TRUE(steps) << steps.error().text();
    auto before_count = steps->before.size(), after_count = steps->after.size();
    ASSERT_GT(before_count + after_count, 0u);
    for (std::size_t stop = 0; stop <= before_count + after_count; ++stop) {
      for (bool committed : {false, true}) {
        if (committed ? stop < before_count : stop > before_count) continue;
        Machine crashed(0);
        crashed.vg = machine.vg;
        crashed.engine = machine.engine;
        crashed.world = machine.world;
        crashed.engine.stop_after(stop);
        static_cast<void>(crashed.run(steps->before));
        if (committed) {
          crashed.vg = after;
          static_cast<void>(crashed.run(steps->after));
        }
        crashed.engine.restart();
        recover_and_check(crashed, "stopped after " + std::to_string(stop) + (committed ? " committed" : ""));
      }
    }
  }
};

TEST_F(UnitRecover, NothingToDo) {
  Machine machine;
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  machine.look();
  EXPECT_THAT(recover(machine.world, machine.view(), machine.config).value(), IsEmpty());
}

TEST_F(UnitRecover, CrashedExtend) {
  Machine machine;
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  model::Vg after = machine.vg;
  Machine::extend(after.lvs[0], {machine.area(1, 0), machine.area(2, 0)}, 4, Sectors(128));
  crash_everywhere(machine, after, "lv", "lv");
}

TEST_F(UnitRecover, CrashedReduceAndPermissionChange) {
  Machine machine;
  machine.linear("lv", 8);
  ASSERT_TRUE(machine.up("lv"));
  model::Vg after = machine.vg;
  after.lvs[0].segments[0].count = Extents(3);
  after.lvs[0].flags.clear(model::LvFlag::write);
  crash_everywhere(machine, after, "lv", "lv");
}

TEST_F(UnitRecover, CrashedRename) {
  Machine machine;
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  model::Vg after = machine.vg;
  after.lvs[0].name = "other";
  crash_everywhere(machine, after, "lv", "other");
}

TEST_F(UnitRecover, CrashedChangeOfAStack) {
  Machine machine;
  auto& inner = machine.linear("inner", 4);
  inner.flags.clear(model::LvFlag::visible);
  auto id = inner.id;
  Machine::extend(machine.add("outer"), {model::LvArea{id, Extents(0)}}, 4);
  ASSERT_TRUE(machine.up("outer"));
  model::Vg grown = machine.vg;
  grown.lvs[0].segments[0].count = Extents(8);
  grown.lvs[1].segments[0].count = Extents(8);
  crash_everywhere(machine, grown, "outer", "outer");
  model::Vg moved = machine.vg;
  moved.lvs[0].segments[0].body = model::Striped{{machine.area(2, 0)}, {}};
  crash_everywhere(machine, moved, "outer", "outer");
}

TEST_F(UnitRecover, CrashedActivationLeavesNothingBehind) {
  Machine machine;
  machine.linear("lv");
  for (std::size_t stop : {1, 2}) {
    Machine crashed = machine;
    crashed.engine.stop_after(stop);
    EXPECT_FALSE(crashed.up("lv"));
    crashed.engine.restart();
    recover_and_check(crashed, std::to_string(stop));
    EXPECT_TRUE(crashed.engine.list()->empty());
  }
}

TEST_F(UnitRecover, DevicesOfVolumesThatAreGone) {
  Machine machine;
  machine.linear("lv");
  machine.linear("kept", 1, 1);
  ASSERT_TRUE(machine.up("lv"));
  ASSERT_TRUE(machine.up("kept"));
  ASSERT_TRUE(machine.engine.suspend(machine.uuid("lv"), {}));
  machine.vg.lvs.erase(machine.vg.lvs.begin());
  Machine open = machine;
  recover_and_check(machine, "closed");
  EXPECT_EQ(machine.engine.dump(), "vg-kept: 0 8192 linear 8:16 2048\n");
  // In use it is let go on.
  open.engine.set_open_count(open.engine.list()->front().uuid, 1);
  recover_and_check(open, "open");
  EXPECT_EQ(open.engine.list()->size(), 2u);
}

TEST_F(UnitRecover, DevicesOfOtherGroupsAreLeftAlone) {
  Machine machine;
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  ASSERT_TRUE(machine.engine.suspend(machine.uuid("lv"), {}));
  machine.vg.id.uuid = testing::make_uuid('W', 1);
  machine.look();
  EXPECT_THAT(recover(machine.world, machine.view(), machine.config).value(), IsEmpty());
}

// A command killed before it took away, or had put to use, what only its volume stands on.
TEST_F(UnitRecover, InnerDevicesOnWhichNothingStandsGo) {
  Machine machine;
  auto& inner = machine.linear("inner", 4);
  inner.flags.clear(model::LvFlag::visible);
  auto id = inner.id;
  Machine::extend(machine.add("outer"), {model::LvArea{id, Extents(0)}}, 4);
  ASSERT_TRUE(machine.up("outer"));
  machine.look();
  EXPECT_THAT(recover(machine.world, machine.view(), machine.config).value(), IsEmpty()) << "in use";
  ASSERT_TRUE(machine.engine.remove(machine.uuid("outer"), {}, std::nullopt, false));
  recover_and_check(machine, "nothing stands on it");
  EXPECT_TRUE(machine.engine.list()->empty());
}

// One that a user has brought up alone is read-only.
TEST_F(UnitRecover, AComponentThatIsUpAloneStays) {
  Machine machine;
  auto& inner = machine.linear("inner", 4);
  inner.flags.clear(model::LvFlag::visible);
  auto id = inner.id;
  Machine::extend(machine.add("outer"), {model::LvArea{id, Extents(0)}}, 4);
  auto uuid = machine.uuid("inner");
  ASSERT_TRUE(machine.engine.create({"vg-inner", uuid, std::nullopt}));
  dm::Table table{{Sectors(), Sectors(32768), dm::LinearTarget{Machine::disk(0), Sectors(2048)}}};
  ASSERT_TRUE(machine.engine.load(uuid, table, true));
  ASSERT_TRUE(machine.engine.resume(uuid, {}, std::nullopt));
  machine.look();
  EXPECT_THAT(recover(machine.world, machine.view(), machine.config).value(), IsEmpty());
}

TEST_F(UnitRecover, AVolumeThatIsNotInTheMetadataGoesUnlessItIsOpen) {
  Machine machine;
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  auto uuid = machine.uuid("lv");
  machine.vg.lvs.clear();
  machine.engine.set_open_count(uuid, 1);
  recover_and_check(machine, "open");
  EXPECT_EQ(machine.engine.list()->size(), 1u);
  machine.engine.set_open_count(uuid, 0);
  recover_and_check(machine, "closed");
  EXPECT_TRUE(machine.engine.list()->empty());
}

TEST_F(UnitRecover, PvGoneMeanwhile) {
  Machine machine;
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  ASSERT_TRUE(machine.engine.suspend(machine.uuid("lv"), {}));
  machine.lose(0);
  machine.look();
  machine.engine.take_log();
  auto steps = recover(machine.world, machine.view(), machine.config);
  ASSERT_TRUE(steps);
  ASSERT_TRUE(machine.run(*steps));
  EXPECT_THAT(machine.engine.log(), ElementsAre("resume vg-lv udev=0x20 link=vg/lv"));
}

TEST_F(UnitRecover, TablesThatWereNotRead) {
  Machine machine;
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  ASSERT_TRUE(machine.engine.suspend(machine.uuid("lv"), {}));
  machine.look();
  machine.world.live.at(machine.uuid("lv")).table.reset();
  machine.engine.take_log();
  ASSERT_TRUE(machine.run(recover(machine.world, machine.view(), machine.config).value()));
  EXPECT_THAT(machine.engine.log(),
              ElementsAre("load vg-lv 0 16384 linear 8:0 2048", "resume vg-lv udev=0x20 link=vg/lv"));
}

}  // namespace
}  // namespace lvm::activate
