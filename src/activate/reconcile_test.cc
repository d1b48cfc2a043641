// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/reconcile.h"

#include <gmock/gmock.h>

#include <set>

#include "activate/testing/test_world.h"

namespace lvm::activate {
namespace {

using ::testing::IsEmpty;
using testing::Machine;

// What the next command does when it finds a VG in trouble: aid, look again, until nothing is left.
void mend(Machine& machine) {
  constexpr int kMostLooks = 8;
  machine.look();
  if (!troubled(machine.world, machine.vg)) return;
  for (int look = 0; look < kMostLooks; ++look) {
    machine.look();
    auto steps = recover(machine.world, machine.view(), machine.config).value();
    if (steps.empty()) steps = reconcile(machine.world, machine.view(), machine.config);
    if (steps.empty()) return;
    auto done = machine.run(steps);
    ASSERT_TRUE(done) << done.error().text();
  }
  ADD_FAILURE() << "it does not end\n" << machine.engine.dump();
}

// The kernel has what the metadata wants of the volumes that are up, and nothing else.
void expect_in_line(Machine& machine, const std::string& where) {
  SCOPED_TRACE(where);
  machine.look();
  std::set<std::string> wanted_uuids;
  for (const auto& lv : machine.vg.lvs) {
    if (!lv.visible() || !machine.world.find_live(top_uuid(machine.vg, lv))) continue;
    auto devices = wanted(machine.world, machine.view(), machine.vg, lv, machine.config, {});
    ASSERT_TRUE(devices) << devices.error().text();
    for (const auto& device : *devices) wanted_uuids.insert(device.uuid);
  }
  for (const auto& [uuid, live] : machine.world.live) {
    EXPECT_TRUE(wanted_uuids.contains(uuid)) << live.info.name << " is a device of no volume";
    EXPECT_FALSE(live.info.suspended) << live.info.name;
  }
  EXPECT_THAT(reconcile(machine.world, machine.view(), machine.config), IsEmpty()) << machine.engine.dump();
}

// Stops after every step of a change around its commit.
void cut_everywhere(const Machine& start, const model::Vg& after, LvId lv) {
  Machine machine = start;
  machine.look();
  auto steps = change_together(machine.world, machine.view(), machine.vg, after, std::span(&lv, 1), machine.config, {});
  ASSERT_TRUE(steps) << steps.error().text();
  std::size_t before = steps->before.size(), behind = steps->after.size();
  ASSERT_GT(before + behind, 0u);
  for (std::size_t stop = 0; stop <= before + behind; ++stop) {
    for (bool committed : {false, true}) {
      if (committed ? stop < before : stop > before) continue;
      Machine cut = machine;
      cut.engine.stop_after(stop);
      static_cast<void>(cut.run(steps->before));
      if (committed) {
        cut.vg = after;
        static_cast<void>(cut.run(steps->after));
      }
      cut.engine.restart();
      mend(cut);
      expect_in_line(cut, "stopped after " + std::to_string(stop) + (committed ? " committed" : ""));
    }
  }
}

model::Lv& hide(model::Lv& lv) {
  lv.flags.clear(model::LvFlag::visible);
  return lv;
}

// A volume is taken off the inner LV of that name, and has its extents itself then.
void cut_everywhere_while_taken_off(const std::string& layer, bool seen) {
  Machine machine;
  LvId inner = hide(machine.linear(layer, 4)).id;
  Machine::extend(machine.add("v"), {model::LvArea{inner, Extents()}}, 4);
  ASSERT_TRUE(machine.up("v"));
  model::Vg after = machine.vg;
  after.find_lv("v")->segments = after.find_lv(inner)->segments;
  after.find_lv(inner)->segments.front().body = model::ErrorSegment{};
  after.find_lv(inner)->flags.set(model::LvFlag::visible, seen);
  cut_everywhere(machine, after, machine.lv("v").id);
}

// As when a cache is split off: the text in between has the origin's layer still, with nothing in it.
TEST(UnitReconcile, TheLayerThatAVolumeWasTakenOffGoes) { cut_everywhere_while_taken_off("v_corig", false); }

// The last image of a mirror is a volume to be seen for the time of one text.
TEST(UnitReconcile, TheImageThatAVolumeWasTakenOffGoes) { cut_everywhere_while_taken_off("v_mimage_0", true); }

// A machine whose kernel has the targets of snapshots.
Machine snapshot_machine() {
  Machine machine;
  std::vector<dm::TargetVersion> targets;
  for (const char* name : {"error", "linear", "snapshot", "snapshot-origin"}) targets.push_back({name, 1, 20, 0});
  machine.engine.set_targets(std::move(targets));
  return machine;
}

model::Vg with_snapshot(const Machine& machine, const std::string& store) {
  model::Vg after = machine.vg;
  model::Snapshot body{after.find_lv("o")->id, after.find_lv(store)->id, Sectors(8), false};
  model::Lv holder = *after.find_lv("o");
  holder.id.uuid = testing::make_uuid('H', after.lvs.size());
  holder.name = "snapshot" + std::to_string(after.lvs.size());
  holder.flags.clear(model::LvFlag::visible);
  holder.segments.front().body = body;
  after.lvs.push_back(std::move(holder));
  return after;
}

TEST(UnitReconcile, ASnapshotThatWasNotCommittedLeavesNoDevices) {
  Machine machine = snapshot_machine();
  machine.linear("o", 4);
  machine.linear("s", 2, 1);
  machine.linear("t", 2, 2);
  ASSERT_TRUE(machine.up("o"));
  LvId origin = machine.lv("o").id;
  model::Vg first = with_snapshot(machine, "s");
  cut_everywhere(machine, first, origin);
  // Another one: nothing of the origin changes, so nothing of it is suspended.
  machine.vg = first;
  ASSERT_TRUE(machine.up("o"));
  cut_everywhere(machine, with_snapshot(machine, "t"), origin);
}

// A table that is ahead of metadata that was led back; what shows it is the device of a volume that is no more.
TEST(UnitReconcile, TablesFollowMetadataThatWasLedBack) {
  Machine machine = snapshot_machine();
  machine.linear("o", 4);
  model::Vg before = machine.vg;
  machine.linear("s", 2, 1);
  machine.vg = with_snapshot(machine, "s");
  ASSERT_TRUE(machine.up("o"));
  machine.vg = before;
  mend(machine);
  expect_in_line(machine, "led back");
  EXPECT_EQ(machine.engine.list()->size(), 1u);
}

TEST(UnitReconcile, AnErrorVolumeOfTheUsersOwnStays) {
  Machine machine;
  machine.linear("e", 4).segments.front().body = model::ErrorSegment{};
  ASSERT_TRUE(machine.up("e"));
  machine.look();
  EXPECT_FALSE(troubled(machine.world, machine.vg));
}

}  // namespace
}  // namespace lvm::activate
