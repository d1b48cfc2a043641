// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/activate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "activate/testing/test_world.h"

namespace lvm::activate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Machine;

class UnitActivate : public ::testing::Test {
 protected:
  // The change from `machine.vg` to `after`, run around a commit; what each side logged.
  struct Log {
    std::vector<std::string> before, after;
  };
  Log run_change(const model::Vg& after, const std::string& old_name, const std::string& new_name) {
    machine.look();
    auto steps = change(machine.world, machine.view(), machine.vg, machine.lv(old_name), after,
                        *after.find_lv(new_name), machine.config, {});
    EXPECT_TRUE(steps) << steps.error().text();
    if (!steps) return {};
    Log log;
    machine.engine.take_log();
    EXPECT_TRUE(machine.run(steps->before));
    log.before = machine.engine.take_log();
    machine.vg = after;
    EXPECT_TRUE(machine.run(steps->after));
    log.after = machine.engine.take_log();
    return log;
  }
  void expect_quiet() {
    auto entries = machine.engine.list();
    ASSERT_TRUE(entries);
    for (const auto& entry : *entries) {
      auto info = machine.engine.info(entry.uuid).value().value();
      EXPECT_FALSE(info.suspended) << info.name;
      EXPECT_FALSE(info.inactive_table) << info.name;
    }
  }
  // A visible volume over a hidden one of the same size.
  void make_stack() {
    auto& inner = machine.linear("inner", 4);
    inner.flags.clear(model::LvFlag::visible);
    auto id = inner.id;
    Machine::extend(machine.add("outer"), {model::LvArea{id, Extents(0)}}, 4);
  }

  Machine machine;
};

TEST_F(UnitActivate, UpAndDown) {
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  EXPECT_THAT(machine.engine.take_log(),
              ElementsAre("create vg-lv " + machine.uuid("lv"), "load vg-lv 0 16384 linear 8:0 2048",
                          "resume vg-lv udev=0x20 link=vg/lv"));
  // Nothing is left to do.
  ASSERT_TRUE(machine.up("lv"));
  EXPECT_THAT(machine.engine.take_log(), IsEmpty());
  ASSERT_TRUE(machine.down("lv"));
  EXPECT_THAT(machine.engine.take_log(), ElementsAre("remove vg-lv udev=0x20 link=vg/lv"));
  ASSERT_TRUE(machine.down("lv"));
  EXPECT_THAT(machine.engine.take_log(), IsEmpty());
}

TEST_F(UnitActivate, VolumesInUseStay) {
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  machine.engine.set_open_count(machine.uuid("lv"), 1);
  auto error = machine.down("lv");
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().code(), Code::busy);
  EXPECT_EQ(error.error().text(), "Logical volume vg/lv in use.");
}

TEST_F(UnitActivate, WithoutADeviceMapper) {
  machine.linear("lv");
  machine.look();
  machine.world.dm_available = false;
  machine.world.dm_unavailable_reason = "no driver";
  auto error = activate(machine.world, machine.view(), machine.vg, machine.lv("lv"), machine.config, {});
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().text(), "Cannot activate vg/lv: no driver");
  EXPECT_THAT(deactivate(machine.world, machine.vg, machine.lv("lv"), machine.config).value(), IsEmpty());
}

TEST_F(UnitActivate, ReadAhead) {
  auto& lv = machine.add("lv");
  Machine::extend(lv, {machine.area(0, 0), machine.area(1, 0)}, 4, Sectors(256));
  ASSERT_TRUE(machine.up("lv"));
  EXPECT_EQ(machine.engine.log().back(), "read-ahead vg-lv 1024 at-least");
  machine.linear("fixed", 1, 2).read_ahead = 100;
  ASSERT_TRUE(machine.up("fixed"));
  EXPECT_EQ(machine.engine.log().back(), "read-ahead vg-fixed 100");
  machine.linear("none", 1, 2, 5).read_ahead = model::Lv::kReadAheadNone;
  ASSERT_TRUE(machine.up("none"));
  EXPECT_EQ(machine.engine.log().back(), "read-ahead vg-none 0");
}

TEST_F(UnitActivate, StacksGoUpFromTheLeavesAndDownFromTheTop) {
  make_stack();
  ASSERT_TRUE(machine.up("outer"));
  EXPECT_THAT(machine.engine.take_log(),
              ElementsAre("create vg-inner " + machine.uuid("inner"), "load vg-inner 0 32768 linear 8:0 2048",
                          "resume vg-inner udev=0x2e", "create vg-outer " + machine.uuid("outer"),
                          "load vg-outer 0 32768 linear 253:0 0", "resume vg-outer udev=0x20 link=vg/outer"));
  ASSERT_TRUE(machine.up("outer"));
  EXPECT_THAT(machine.engine.take_log(), IsEmpty());
  ASSERT_TRUE(machine.down("outer"));
  EXPECT_THAT(machine.engine.take_log(),
              ElementsAre("remove vg-outer udev=0x20 link=vg/outer", "remove vg-inner udev=0x2e"));
}

TEST_F(UnitActivate, AComponentComesUpByItselfWhileTheVolumeIsDown) {
  make_stack();
  Options component;
  component.component = true;
  ASSERT_TRUE(machine.up("inner", component));
  EXPECT_THAT(machine.engine.take_log(),
              ElementsAre("create vg-inner " + machine.uuid("inner"), "load vg-inner ro 0 32768 linear 8:0 2048",
                          "resume vg-inner udev=0x20 link=vg/inner"));
  auto whole = machine.up("outer");
  ASSERT_FALSE(whole);
  EXPECT_EQ(whole.error().text(),
            "Activation of logical volume vg/outer is prohibited while logical volume vg/inner is active.");
  ASSERT_TRUE(machine.up("inner", component)) << "it is up";
  EXPECT_THAT(machine.engine.take_log(), IsEmpty());
  ASSERT_TRUE(machine.down("inner"));
  EXPECT_THAT(machine.engine.take_log(), ElementsAre("remove vg-inner udev=0x2e link=vg/inner"));
  ASSERT_TRUE(machine.up("outer"));
  auto alone = machine.up("inner", component);
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().text(),
            "Activation of logical volume vg/inner is prohibited while logical volume vg/outer is active.");
}

TEST_F(UnitActivate, AVolumeTakesItsComponentsDown) {
  make_stack();
  Options component;
  component.component = true;
  ASSERT_TRUE(machine.up("inner", component));
  ASSERT_TRUE(machine.down("outer"));
  EXPECT_TRUE(machine.engine.list()->empty());
}

TEST_F(UnitActivate, SharedVolumesStayWhileUsed) {
  make_stack();
  auto id = machine.lv("inner").id;
  Machine::extend(machine.add("second"), {model::LvArea{id, Extents(2)}}, 1);
  ASSERT_TRUE(machine.up("outer"));
  ASSERT_TRUE(machine.up("second"));
  machine.engine.take_log();
  ASSERT_TRUE(machine.down("outer"));
  EXPECT_THAT(machine.engine.take_log(), ElementsAre("remove vg-outer udev=0x20 link=vg/outer"));
  ASSERT_TRUE(machine.down("second"));
  EXPECT_TRUE(machine.engine.list()->empty());
}

TEST_F(UnitActivate, FillersComeAndGo) {
  machine.linear("lv");
  machine.lose(0);
  ASSERT_TRUE(machine.up("lv", {.partial = true}));
  EXPECT_EQ(machine.engine.dump(), "vg-lv: 0 16384 linear 253:0 0\nvg-lv-missing_0_0: 0 16384 error\n");
  ASSERT_TRUE(machine.down("lv"));
  EXPECT_TRUE(machine.engine.list()->empty());
}

TEST_F(UnitActivate, PersistentNumbers) {
  auto& lv = machine.linear("lv");
  lv.flags.set(model::LvFlag::fixed_minor);
  lv.minor = 99;
  ASSERT_TRUE(machine.up("lv"));
  EXPECT_EQ(machine.engine.info(machine.uuid("lv")).value()->device.minor, 99u);
}

TEST_F(UnitActivate, DeviceWithAnOldTableIsReloaded) {
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  machine.engine.take_log();
  machine.lv("lv").segments[0].count = Extents(3);
  ASSERT_TRUE(machine.up("lv"));
  EXPECT_THAT(machine.engine.take_log(), ElementsAre("load vg-lv 0 24576 linear 8:0 2048", "suspend vg-lv nofreeze",
                                                     "resume vg-lv udev=0x20 link=vg/lv"));
}

TEST_F(UnitActivate, UnreadTablesAreLoadedAgain) {
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  machine.look();
  machine.world.live.at(machine.uuid("lv")).table.reset();
  auto steps = activate(machine.world, machine.view(), machine.vg, machine.lv("lv"), machine.config, {});
  ASSERT_TRUE(steps);
  EXPECT_EQ(steps->size(), 3u);
}

TEST_F(UnitActivate, ChangeOfAnInactiveVolumeIsNothing) {
  machine.linear("lv");
  model::Vg after = machine.vg;
  after.lvs[0].segments[0].count = Extents(5);
  auto log = run_change(after, "lv", "lv");
  EXPECT_THAT(log.before, IsEmpty());
  EXPECT_THAT(log.after, IsEmpty());
}

TEST_F(UnitActivate, ExtendAndReduce) {
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  for (std::uint64_t size : {5, 1}) {
    model::Vg after = machine.vg;
    after.lvs[0].segments[0].count = Extents(size);
    auto log = run_change(after, "lv", "lv");
    EXPECT_THAT(log.before, ElementsAre("load vg-lv 0 " + std::to_string(size * 8192) + " linear 8:0 2048",
                                        "suspend vg-lv nofreeze"));
    EXPECT_THAT(log.after, ElementsAre("resume vg-lv udev=0x20 link=vg/lv"));
  }
}

TEST_F(UnitActivate, SameTableNeedsNoSteps) {
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  model::Vg after = machine.vg;
  after.lvs[0].tags = {"new"};
  auto log = run_change(after, "lv", "lv");
  EXPECT_THAT(log.before, IsEmpty());
  EXPECT_THAT(log.after, IsEmpty());
}

TEST_F(UnitActivate, PermissionChange) {
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  model::Vg after = machine.vg;
  after.lvs[0].flags.clear(model::LvFlag::write);
  auto log = run_change(after, "lv", "lv");
  EXPECT_THAT(log.before, ElementsAre("load vg-lv ro 0 16384 linear 8:0 2048", "suspend vg-lv nofreeze"));
  EXPECT_TRUE(machine.engine.info(machine.uuid("lv")).value()->read_only);
  EXPECT_THAT(run_change(after, "lv", "lv").before, IsEmpty());
}

TEST_F(UnitActivate, RenameOfVolumeAndGroup) {
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  model::Vg after = machine.vg;
  after.lvs[0].name = "new-name";
  auto log = run_change(after, "lv", "new-name");
  EXPECT_THAT(log.before, IsEmpty());
  EXPECT_THAT(log.after, ElementsAre("rename vg-lv vg-new--name udev=0x20 old=vg/lv new=vg/new-name"));
  after.name = "vg-2";
  log = run_change(after, "new-name", "new-name");
  EXPECT_THAT(log.after,
              ElementsAre("rename vg-new--name vg--2-new--name udev=0x20 old=vg/new-name new=vg-2/new-name"));
}

TEST_F(UnitActivate, ReadAheadAloneNeedsNoSuspension) {
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  model::Vg after = machine.vg;
  after.lvs[0].read_ahead = 64;
  auto log = run_change(after, "lv", "lv");
  EXPECT_THAT(log.before, IsEmpty());
  EXPECT_THAT(log.after, ElementsAre("read-ahead vg-lv 64"));
}

TEST_F(UnitActivate, VolumeThatBecomesHiddenTellsUdev) {
  machine.linear("lv");
  ASSERT_TRUE(machine.up("lv"));
  model::Vg after = machine.vg;
  after.lvs[0].flags.clear(model::LvFlag::visible);
  auto log = run_change(after, "lv", "lv");
  EXPECT_THAT(log.before, ElementsAre("suspend vg-lv nofreeze"));
  EXPECT_THAT(log.after, ElementsAre("resume vg-lv udev=0x2e"));
}

TEST_F(UnitActivate, LeavesGrowBeforeWhatLiesOnThem) {
  make_stack();
  ASSERT_TRUE(machine.up("outer"));
  model::Vg after = machine.vg;
  after.lvs[0].segments[0].count = Extents(8);
  after.lvs[1].segments[0].count = Extents(8);
  auto log = run_change(after, "outer", "outer");
  EXPECT_THAT(log.before, ElementsAre("load vg-inner 0 65536 linear 8:0 2048", "resume vg-inner udev=0x2e",
                                      "load vg-outer 0 65536 linear 253:0 0", "suspend vg-outer nofreeze"));
  EXPECT_THAT(log.after, ElementsAre("resume vg-outer udev=0x20 link=vg/outer"));
}

TEST_F(UnitActivate, WhatLiesOnAChangedLeafIsSuspendedToo) {
  make_stack();
  ASSERT_TRUE(machine.up("outer"));
  model::Vg after = machine.vg;
  after.lvs[0].segments[0].body = model::Striped{{machine.area(1, 7)}, {}};
  auto log = run_change(after, "outer", "outer");
  EXPECT_THAT(log.before, ElementsAre("load vg-inner 0 32768 linear 8:16 59392", "suspend vg-outer nofreeze",
                                      "suspend vg-inner nofreeze"));
  EXPECT_THAT(log.after, ElementsAre("resume vg-inner udev=0x2e", "resume vg-outer udev=0x20 link=vg/outer"));
}

TEST_F(UnitActivate, LayersAppearAndVanish) {
  // A plain volume moves below a new hidden one and back.
  machine.linear("lv", 4);
  ASSERT_TRUE(machine.up("lv"));
  model::Vg layered = machine.vg;
  model::Lv hidden = layered.lvs[0];
  hidden.id.uuid = testing::make_uuid('H', 0);
  hidden.name = "lv_corig";
  hidden.flags.clear(model::LvFlag::visible);
  layered.lvs[0].segments[0].body = model::Striped{{model::LvArea{hidden.id, Extents(0)}}, {}};
  layered.lvs.push_back(hidden);
  model::Vg flat = machine.vg;
  auto log = run_change(layered, "lv", "lv");
  EXPECT_THAT(log.before, ElementsAre("create vg-lv_corig " + machine.uuid("lv_corig"),
                                      "load vg-lv_corig 0 32768 linear 8:0 2048", "resume vg-lv_corig udev=0x2e",
                                      "load vg-lv 0 32768 linear 253:1 0", "suspend vg-lv nofreeze"));
  EXPECT_THAT(log.after, ElementsAre("resume vg-lv udev=0x20 link=vg/lv"));
  log = run_change(flat, "lv", "lv");
  EXPECT_THAT(log.after, ElementsAre("resume vg-lv udev=0x20 link=vg/lv", "remove vg-lv_corig udev=0x2e"));
  EXPECT_EQ(machine.engine.dump(), "vg-lv: 0 32768 linear 8:0 2048\n");
}

TEST_F(UnitActivate, PartialVolumesStayPartialThroughAChange) {
  machine.linear("lv", 2, 0);
  Machine::extend(machine.lv("lv"), {machine.area(1, 0)}, 1);
  machine.lose(0);
  ASSERT_TRUE(machine.up("lv", {.partial = true}));
  model::Vg after = machine.vg;
  after.lvs[0].segments[1].count = Extents(2);
  auto log = run_change(after, "lv", "lv");
  EXPECT_THAT(log.before,
              ElementsAre("load vg-lv 0 16384 linear 253:0 0; 16384 16384 linear 8:16 2048", "suspend vg-lv nofreeze"));
  expect_quiet();
}

}  // namespace
}  // namespace lvm::activate
