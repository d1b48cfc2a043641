// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "activate/testing/test_world.h"
#include "dm/text.h"

namespace lvm::activate {
namespace {

using ::testing::HasSubstr;
using Flags = dm::UdevFlags;
using testing::Machine;

// "0 16384 linear 8:0 2048; ..."
std::string lines(const dm::Table& table) {
  std::string text;
  for (const auto& target : table) text += (text.empty() ? "" : "; ") + dm::describe_target(target);
  return text;
}

std::vector<WantedDevice> want(Machine& machine, const std::string& lv, const Options& options = {}) {
  machine.look();
  auto devices = wanted(machine.world, machine.view(), machine.vg, machine.lv(lv), machine.config, options);
  EXPECT_TRUE(devices) << devices.error().text();
  return devices ? *devices : std::vector<WantedDevice>();
}

TEST(UnitWanted, Linear) {
  Machine machine;
  machine.vg.name = "my-vg";
  machine.linear("lv-1", 2, 1, 5);
  auto devices = want(machine, "lv-1");
  ASSERT_EQ(devices.size(), 1u);
  EXPECT_EQ(devices[0].name, "my--vg-lv--1");
  EXPECT_EQ(devices[0].uuid, "LVM-V0" + std::string(30, 'V') + "L0" + std::string(30, 'L'));
  EXPECT_EQ(lines(devices[0].table), "0 16384 linear 8:16 43008");
  EXPECT_FALSE(devices[0].read_only);
  EXPECT_EQ(devices[0].link, (dm::NodeLink{"my-vg", "lv-1"}));
  EXPECT_EQ(devices[0].udev.bits, Flags::disable_library_fallback);
  EXPECT_EQ(devices[0].persistent, std::nullopt);
  EXPECT_FALSE(devices[0].read_ahead_minimum);
}

TEST(UnitWanted, SegmentsOfAllKinds) {
  Machine machine;
  auto& lv = machine.linear("lv", 1);
  Machine::extend(lv, {machine.area(0, 10), machine.area(1, 20), machine.area(2, 30)}, 6, Sectors(64));
  lv.segments.push_back({Extents(7), Extents(1), {}, model::ErrorSegment{}, {}});
  lv.segments.push_back({Extents(8), Extents(2), {}, model::ZeroSegment{}, {}});
  auto devices = want(machine, "lv");
  ASSERT_EQ(devices.size(), 1u);
  EXPECT_EQ(lines(devices[0].table),
            "0 8192 linear 8:0 2048; 8192 49152 striped 3 64 8:0 83968 8:16 165888 8:32 247808; "
            "57344 8192 error; 65536 16384 zero");
  EXPECT_EQ(devices[0].read_ahead_minimum, Sectors(64 * 3 * 2));
}

TEST(UnitWanted, ReadOnlyAndNumbers) {
  Machine machine;
  auto& lv = machine.linear("lv");
  lv.flags.clear(model::LvFlag::write);
  lv.flags.set(model::LvFlag::fixed_minor);
  lv.minor = 42;
  lv.read_ahead = 512;
  auto devices = want(machine, "lv");
  EXPECT_TRUE(devices[0].read_only);
  EXPECT_EQ(devices[0].persistent, (dm::DeviceNumber{0, 42}));
  EXPECT_EQ(devices[0].read_ahead, 512);
}

TEST(UnitWanted, UdevFlags) {
  Machine machine;
  machine.linear("lv");
  EXPECT_EQ(want(machine, "lv", {.noscan = true})[0].udev.bits,
            Flags::disable_library_fallback | Flags::subsystem_noscan);
  EXPECT_EQ(want(machine, "lv", {.temporary = true})[0].udev.bits,
            Flags::disable_library_fallback | Flags::disable_disk_rules | Flags::disable_other_rules);
  machine.linear("lv_rimage_0", 2, 0, 20);
  EXPECT_EQ(want(machine, "lv_rimage_0")[0].udev.bits,
            Flags::disable_library_fallback | Flags::disable_disk_rules | Flags::disable_other_rules);
  machine.lv("lv").flags.clear(model::LvFlag::visible);
  auto hidden = want(machine, "lv");
  EXPECT_EQ(hidden[0].udev.bits, Flags::disable_library_fallback | Flags::disable_subsystem_rules |
                                     Flags::disable_disk_rules | Flags::disable_other_rules);
  EXPECT_EQ(hidden[0].link, std::nullopt);
}

TEST(UnitWanted, UdevSettings) {
  Machine machine;
  machine.linear("lv");
  machine.set("activation { udev_rules = 0 verify_udev_operations = 1 }");
  EXPECT_EQ(want(machine, "lv")[0].udev.bits, Flags::disable_dm_rules | Flags::disable_subsystem_rules);
}

TEST(UnitWanted, VolumesUnderVolumesComeFirst) {
  Machine machine;
  auto& inner = machine.linear("inner", 4);
  inner.flags.clear(model::LvFlag::visible);
  auto inner_id = inner.id;
  auto& outer = machine.add("outer");
  Machine::extend(outer, {model::LvArea{inner_id, Extents(1)}}, 2);
  Machine::extend(outer, {model::LvArea{inner_id, Extents(3)}}, 1);
  auto devices = want(machine, "outer");
  ASSERT_EQ(devices.size(), 2u);
  EXPECT_EQ(devices[0].name, "vg-inner");
  EXPECT_EQ(lines(devices[1].table), "0 16384 linear <" + machine.uuid("inner") + "> 8192; 16384 8192 linear <" +
                                         machine.uuid("inner") + "> 24576");
}

TEST(UnitWanted, PartialVolumesAreRefused) {
  Machine machine;
  machine.linear("lv");
  machine.linear("whole", 2, 1);
  machine.lose(0);
  machine.look();
  auto refused = wanted(machine.world, machine.view(), machine.vg, machine.lv("lv"), machine.config, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text(),
            "Refusing activation of partial LV vg/lv.  Use '--activationmode partial' to override.");
  EXPECT_EQ(want(machine, "whole").size(), 1u);
}

// As LVM makes them: fillers are as long as the segment, and begin at sector 0.
TEST(UnitWanted, FillersStandInForMissingAreas) {
  Machine machine;
  auto& lv = machine.linear("lv", 1, 1);
  Machine::extend(lv, {machine.area(0, 10), machine.area(1, 20), machine.area(0, 50)}, 6, Sectors(64));
  machine.lose(0);
  auto devices = want(machine, "lv", {.partial = true});
  ASSERT_EQ(devices.size(), 3u);
  EXPECT_EQ(devices[0].name, "vg-lv-missing_1_0");
  EXPECT_EQ(devices[0].uuid, machine.uuid("lv") + "-missing_1_0");
  EXPECT_EQ(lines(devices[0].table), "0 49152 error");
  EXPECT_EQ(devices[0].link, std::nullopt);
  EXPECT_EQ(devices[1].name, "vg-lv-missing_1_2");
  EXPECT_EQ(lines(devices[2].table), "0 8192 linear 8:16 2048; 8192 49152 striped 3 64 <" + devices[0].uuid +
                                         "> 0 8:16 165888 <" + devices[1].uuid + "> 0");
  EXPECT_EQ(lines(want(machine, "lv", {.partial = true, .missing_filler = "zero"})[0].table), "0 49152 zero");
}

TEST(UnitWanted, FillerMayBeADevice) {
  Machine machine;
  machine.linear("lv");
  machine.lose(0);
  machine.look();
  Options options{.partial = true, .missing_filler = "/dev/spare"};
  EXPECT_FALSE(wanted(machine.world, machine.view(), machine.vg, machine.lv("lv"), machine.config, options));
  device::Device spare;
  spare.path = "/dev/spare";
  spare.number = {9, 9};
  machine.world.devices.push_back(spare);
  auto devices = wanted(machine.world, machine.view(), machine.vg, machine.lv("lv"), machine.config, options);
  ASSERT_TRUE(devices);
  ASSERT_EQ(devices->size(), 1u);
  EXPECT_EQ(lines(devices->front().table), "0 16384 linear 9:9 0");
}

TEST(UnitWanted, ImageFilesAndUnknownKindsCannotBeActivated) {
  Machine machine;
  machine.linear("lv");
  machine.look();
  machine.world.pvs[0].device.number = {};
  machine.world.pvs[0].device.path = "disk.img";
  auto error = wanted(machine.world, machine.view(), machine.vg, machine.lv("lv"), machine.config, {});
  ASSERT_FALSE(error);
  EXPECT_THAT(error.error().text(), HasSubstr("disk.img"));
  auto& odd = machine.add("odd");
  odd.segments.push_back({Extents(0), Extents(1), {}, model::UnknownSegment{"odd", "", {}}, {}});
  machine.look();
  EXPECT_FALSE(wanted(machine.world, machine.view(), machine.vg, machine.lv("odd"), machine.config, {}));
}

TEST(UnitWanted, AreaOfAVolumeThatIsNotThere) {
  Machine machine;
  model::LvArea nowhere;
  nowhere.lv.uuid = testing::make_uuid('X', 1);
  auto& lv = machine.add("lv");
  Machine::extend(lv, {nowhere}, 1);
  machine.look();
  auto error = wanted(machine.world, machine.view(), machine.vg, machine.lv("lv"), machine.config, {});
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().code(), Code::corrupt);
}

TEST(UnitVolumeList, Matches) {
  Machine machine;
  auto& lv = machine.linear("lv");
  lv.tags = {"fast"};
  machine.vg.tags = {"site"};
  auto matches = [&](std::vector<std::string> list, std::vector<std::string> tags = {}) {
    return matches_volume_list(list, tags, machine.vg, lv);
  };
  EXPECT_TRUE(matches({"vg"}));
  EXPECT_TRUE(matches({"vg/lv"}));
  EXPECT_TRUE(matches({"other", "@fast"}));
  EXPECT_TRUE(matches({"@site"}));
  EXPECT_TRUE(matches({"@*"}, {"other", "site"}));
  EXPECT_FALSE(matches({"@*"}, {"other"}));
  EXPECT_FALSE(matches({"@*"}));
  for (const char* entry : {"v", "vg/", "vg/l", "vgg", "lv", "@slow", "@", "/", "", "vg/lv/x"})
    EXPECT_FALSE(matches({entry})) << entry;
  EXPECT_FALSE(matches({}));
}

TEST(UnitVolumeList, UndefinedListsPermit) {
  Machine machine;
  auto& lv = machine.linear("lv");
  world::Host host;
  host.name = "node1";
  EXPECT_TRUE(permitted(machine.config, host, machine.vg, lv));
  EXPECT_TRUE(auto_activates(machine.config, host, machine.vg, lv));
  EXPECT_FALSE(forced_read_only(machine.config, host, machine.vg, lv));
  lv.flags.set(model::LvFlag::no_autoactivate);
  EXPECT_FALSE(auto_activates(machine.config, host, machine.vg, lv));
}

TEST(UnitVolumeList, HostTagsRestrict) {
  Machine machine;
  auto& lv = machine.linear("lv");
  world::Host host;
  host.name = "node1";
  machine.set(
      "tags { hosttags = 1 @all { } some { host_list = [\"node2\", \"node1\"] } other { host_list = \"node2\" } }");
  EXPECT_THAT(host_tags(machine.config, host), ::testing::UnorderedElementsAre("node1", "all", "some"));
  EXPECT_FALSE(permitted(machine.config, host, machine.vg, lv));
  lv.tags = {"some"};
  EXPECT_TRUE(permitted(machine.config, host, machine.vg, lv));
}

TEST(UnitVolumeList, ListsRestrict) {
  Machine machine;
  auto& lv = machine.linear("lv");
  machine.set(
      "activation { volume_list = [\"other\"] auto_activation_volume_list = [] read_only_volume_list = \"vg/lv\" }");
  EXPECT_FALSE(permitted(machine.config, {}, machine.vg, lv));
  EXPECT_FALSE(auto_activates(machine.config, {}, machine.vg, lv));
  EXPECT_TRUE(forced_read_only(machine.config, {}, machine.vg, lv));
  EXPECT_TRUE(want(machine, "lv")[0].read_only);
}

}  // namespace
}  // namespace lvm::activate
