// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/area_use.h"
#include "plan/testing/world_builder.h"
#include "plan/vg_change.h"
#include "plan/vg_create.h"
#include "plan/vg_reduce.h"
#include "plan/vg_remove.h"
#include "plan/vg_restore.h"

// Messages are those of LVM2 2.03.16.
namespace lvm::plan {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::WorldBuilder;

PvCandidate candidate(WorldBuilder& b, const std::string& path) {
  PvCandidate out;
  out.name = path;
  out.device = *b.world().find_device(path);
  return out;
}
std::vector<std::string> texts(const step::Plan& plan) {
  std::vector<std::string> out;
  for (const step::Stage& stage : plan.stages)
    for (const step::Step& step : stage.steps)
      if (const auto* say = std::get_if<step::Say>(&step)) out.push_back(say->text);
  return out;
}
std::vector<std::string> failures(const step::Plan& plan) {
  std::vector<std::string> out;
  for (const Error& error : plan.failures) out.push_back(error.message());
  return out;
}
const step::WriteMetadata* write_of(const step::Stage& stage) {
  for (const step::Step& step : stage.steps)
    if (const auto* write = std::get_if<step::WriteMetadata>(&step)) return write;
  return nullptr;
}
template <class Step>
bool has_step(const step::Plan& plan) {
  for (const step::Stage& stage : plan.stages)
    for (const step::Step& step : stage.steps)
      if (std::holds_alternative<Step>(step)) return true;
  return false;
}
template <class T>
std::string refusal(const Result<T>& result) {
  return result ? std::string("no refusal") : result.error().message();
}

WorldBuilder three_in_vg() {
  WorldBuilder b;
  b.pv("/dev/sda", 16).pv("/dev/sdb", 16).pv("/dev/sdc", 16).pv("/dev/sdd", 16);
  b.vg("vg", {"/dev/sda", "/dev/sdb", "/dev/sdc"});
  return b;
}

VgCreateRequest request_for(WorldBuilder& b, const std::string& name, const std::vector<std::string>& paths) {
  VgCreateRequest out;
  out.name = name;
  for (const std::string& path : paths) out.candidates.push_back(candidate(b, path));
  return out;
}

// --- vgcreate ---------------------------------------------------------------------------------------

TEST(UnitVgCreate, TakesOrphansAndBlankDevices) {
  WorldBuilder b;
  b.pv("/dev/sda", 15).device("/dev/sdb", Bytes(64 << 20));
  auto plan = vg_create(b.context(), request_for(b, "vg", {"/dev/sda", "/dev/sdb"}));
  ASSERT_TRUE(plan) << plan.error().text();
  ASSERT_EQ(plan->stages.size(), 1u);
  const step::Stage& stage = plan->stages[0];
  EXPECT_FALSE(stage.before);
  ASSERT_EQ(stage.after->pvs.size(), 2u);
  EXPECT_EQ(stage.after->seqno, 1u);
  EXPECT_EQ(stage.after->extent_size, Sectors(8192));
  EXPECT_EQ(stage.after->pvs[0].id, b.pv_id("/dev/sda"));
  EXPECT_EQ(stage.after->pvs[1].pe_count, Extents(15));
  EXPECT_TRUE(stage.after->flags.has(model::VgFlag::resizeable));
  EXPECT_THAT(texts(*plan), ElementsAre("Physical volume \"/dev/sdb\" successfully created.",
                                        "Volume group \"vg\" successfully created"));
  EXPECT_FALSE(has_step<step::Archive>(*plan)) << "there is no state before";
}

TEST(UnitVgCreate, SystemIdIsTheHostsUnlessGiven) {
  WorldBuilder b;
  b.pv("/dev/sda", 15);
  b.world().host.system_id = "node1";
  auto plan = vg_create(b.context(), request_for(b, "vg", {"/dev/sda"}));
  EXPECT_EQ(plan->stages[0].after->system_id, "node1");
  EXPECT_THAT(texts(*plan), ElementsAre("Volume group \"vg\" successfully created with system ID node1"));
  VgCreateRequest request = request_for(b, "vg", {"/dev/sda"});
  request.system_id = "";
  plan = vg_create(b.context(), request);
  EXPECT_EQ(plan->stages[0].after->system_id, "");
}

TEST(UnitVgCreate, Refusals) {
  WorldBuilder b = three_in_vg();
  b.pv("/dev/sde", 16);
  EXPECT_EQ(refusal(vg_create(b.context(), request_for(b, "vg", {"/dev/sdd"}))),
            "A volume group called vg already exists.");
  EXPECT_EQ(refusal(vg_create(b.context(), request_for(b, "new", {"/dev/sda"}))),
            "Physical volume '/dev/sda' is already in volume group 'vg'\n"
            "Unable to add physical volume '/dev/sda' to volume group 'vg'\n"
            "/dev/sda: physical volume not initialized.");
  auto request = request_for(b, "new", {"/dev/sdd"});
  request.extent_size = Sectors(6);
  EXPECT_EQ(refusal(vg_create(b.context(), request)),
            "Physical Extent size must be a multiple of 128.00 KiB when not a power of 2.");
  request.extent_size = Sectors(0);
  EXPECT_EQ(refusal(vg_create(b.context(), request)), "Physical extent size may not be zero");
  request = request_for(b, "new", {"/dev/sdd", "/dev/sde"});
  request.max_pv = 1;
  EXPECT_EQ(refusal(vg_create(b.context(), request)),
            "No space for '/dev/sde' - volume group 'new' holds max 1 physical volume(s).\n"
            "PV /dev/sde cannot be added to VG new.");
  EXPECT_EQ(refusal(vg_create(b.context(), request_for(b, "new", {"/dev/sdd", "/dev/sdd"}))),
            "Physical volume '/dev/sdd' is already in volume group 'new'\n"
            "PV /dev/sdd cannot be added to VG new.");
  request = request_for(b, "new", {"/dev/sdd"});
  request.allocation = model::Allocation::inherit;
  EXPECT_EQ(refusal(vg_create(b.context(), request)), "Volume Group allocation policy cannot inherit from anything");
  request = request_for(b, "new", {"/dev/sdd"});
  request.tags = {"bad tag"};
  EXPECT_EQ(refusal(vg_create(b.context(), request)), "Tag \"bad tag\" is invalid.");
}

TEST(UnitVgCreate, NeedsAMetadataArea) {
  WorldBuilder b;
  b.device("/dev/sda", Bytes(64 << 20));
  VgCreateRequest request = request_for(b, "vg", {"/dev/sda"});
  request.pv_options.metadata_copies = 0;
  EXPECT_EQ(refusal(vg_create(b.context(), request)), "Aborting vg_write: No metadata areas to write to!");
}

TEST(UnitVgCreate, CopiesAreManagedFromTheStart) {
  WorldBuilder b;
  b.pv("/dev/sda", 15).pv("/dev/sdb", 15).pv("/dev/sdc", 15);
  VgCreateRequest request = request_for(b, "vg", {"/dev/sda", "/dev/sdb", "/dev/sdc"});
  request.metadata_copies = 2;
  auto plan = vg_create(b.context(), request);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->stages[0].after->metadata_copies, 2u);
  EXPECT_THAT(write_of(plan->stages[0])->area_use, ElementsAre(step::AreaUse{b.pv_id("/dev/sdc"), 0, true}));
  request.metadata_copies = kAllCopies;
  plan = vg_create(b.context(), request);
  EXPECT_EQ(plan->stages[0].after->metadata_copies, 0u) << "\"all\" is never stored";
}

// --- vgextend ---------------------------------------------------------------------------------------

TEST(UnitVgExtend, AddsAndKeepsTheNumberOfCopies) {
  WorldBuilder b = three_in_vg();
  b.edit().metadata_copies = 3;
  auto plan = vg_extend(b.context(), b.view("vg"), {{candidate(b, "/dev/sdd")}, {}, false});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(plan->stages[0].after->pvs.size(), 4u);
  EXPECT_EQ(plan->stages[0].after->seqno, 2u);
  EXPECT_THAT(write_of(plan->stages[0])->area_use, ElementsAre(step::AreaUse{b.pv_id("/dev/sdd"), 0, true}));
  EXPECT_THAT(texts(*plan), ElementsAre("Volume group \"vg\" successfully extended"));
}

TEST(UnitVgExtend, AVgWithAMissingPvMayGrow) {
  WorldBuilder b = three_in_vg();
  b.lose("/dev/sdc");
  EXPECT_TRUE(vg_extend(b.context(), b.view("vg"), {{candidate(b, "/dev/sdd")}, {}, false}));
}

TEST(UnitVgExtend, NotWhenFixed) {
  WorldBuilder b = three_in_vg();
  b.edit().flags.clear(model::VgFlag::resizeable);
  EXPECT_EQ(refusal(vg_extend(b.context(), b.view("vg"), {{candidate(b, "/dev/sdd")}, {}, false})),
            "Volume group vg is not resizeable.");
}

TEST(UnitVgExtend, RestoresAMissingPv) {
  WorldBuilder b = three_in_vg();
  b.edit().pvs[1].flags.set(model::PvFlag::missing);
  auto plan = vg_extend(b.context(), b.view("vg"), {{candidate(b, "/dev/sdb")}, {}, true});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_FALSE(plan->stages[0].after->pvs[1].missing());
  EXPECT_EQ(refusal(vg_extend(b.context(), b.view("vg"), {{candidate(b, "/dev/sda")}, {}, true})),
            "No PV has been restored.");
  auto context = b.context();
  (void)vg_extend(context, b.view("vg"), {{candidate(b, "/dev/sda"), candidate(b, "/dev/sdd")}, {}, true});
  EXPECT_THAT(b.said(),
              ElementsAre("WARNING: PV /dev/sda was not missing in VG vg", "WARNING: PV /dev/sdd not found in VG vg"));
}

// --- vgreduce ---------------------------------------------------------------------------------------

TEST(UnitVgReduce, EachPvLeavesWithAWriteOfItsOwn) {
  WorldBuilder b = three_in_vg();
  auto plan = vg_reduce(b.context(), b.view("vg"), {.pvs = {b.pv_id("/dev/sda"), b.pv_id("/dev/sdb")}});
  ASSERT_TRUE(plan) << plan.error().text();
  ASSERT_EQ(plan->stages.size(), 2u);
  EXPECT_EQ(plan->stages[1].before, plan->stages[0].after);
  EXPECT_EQ(plan->stages[1].after->seqno, 3u);
  EXPECT_EQ(plan->stages[1].after->pvs.size(), 1u);
  EXPECT_THAT(texts(*plan), ElementsAre("Removed \"/dev/sda\" from volume group \"vg\"",
                                        "Removed \"/dev/sdb\" from volume group \"vg\""));
}

TEST(UnitVgReduce, PvsInUseAndTheLastOneStay) {
  WorldBuilder b = three_in_vg();
  b.linear("lv", "/dev/sda", 0, 3);
  auto plan = vg_reduce(b.context(), b.view("vg"), {.all_unused = true});
  ASSERT_TRUE(plan);
  EXPECT_THAT(failures(*plan), ElementsAre("Physical volume \"/dev/sda\" still in use"));
  EXPECT_EQ(plan->stages.back().after->pvs.size(), 1u);
  b.edit().lvs.clear();
  plan = vg_reduce(b.context(), b.view("vg"), {.all_unused = true});
  EXPECT_THAT(failures(*plan), ElementsAre("Can't remove final physical volume \"/dev/sdc\" from volume group \"vg\""));
}

TEST(UnitVgReduce, TheLastMetadataAreaStays) {
  WorldBuilder b = three_in_vg();
  b.world().pvs[1].areas.clear();
  b.world().pvs[2].areas.clear();
  auto plan = vg_reduce(b.context(), b.view("vg"), {.pvs = {b.pv_id("/dev/sda")}});
  EXPECT_THAT(failures(*plan), ElementsAre("Cannot remove final metadata area on \"/dev/sda\" from \"vg\""));
}

TEST(UnitVgReduce, AnIgnoredAreaComesIntoUseWhenTheLastOtherLeaves) {
  WorldBuilder b = three_in_vg();
  b.world().pvs[1].areas[0].ignored = true;
  b.world().pvs[2].areas[0].ignored = true;
  auto plan = vg_reduce(b.context(), b.view("vg"), {.pvs = {b.pv_id("/dev/sda")}});
  ASSERT_TRUE(plan);
  EXPECT_THAT(write_of(plan->stages[0])->area_use, ElementsAre(step::AreaUse{b.pv_id("/dev/sdb"), 0, false}));
}

TEST(UnitVgReduce, MissingPvsGoAndPartialVolumesHoldThemBack) {
  WorldBuilder b = three_in_vg();
  b.linear("a", "/dev/sda", 0, 3).linear("b", "/dev/sdb", 0, 3);
  b.lose("/dev/sdb").lose("/dev/sdc");
  auto plan = vg_reduce(b.context(), b.view("vg"), {.remove_missing = true});
  ASSERT_TRUE(plan) << plan.error().text();
  ASSERT_EQ(plan->failures.size(), 1u);
  EXPECT_THAT(plan->failures[0].message(), HasSubstr("There are still partial LVs in VG vg.\n"));
  ASSERT_EQ(plan->notes.size(), 1u);
  EXPECT_EQ(plan->notes[0].text, "WARNING: Partial LV b needs to be repaired or removed. ");
  const model::Vg& after = *plan->stages.back().after;
  EXPECT_EQ(after.pvs.size(), 2u);
  EXPECT_TRUE(after.find_pv(b.pv_id("/dev/sdb"))) << "a volume is on it";
  EXPECT_THAT(texts(*plan), ElementsAre("WARNING: Proceeding to remove empty missing PVs."));
}

// Names of LVs.
std::vector<std::string> names(const model::Vg& vg, const std::vector<LvId>& lvs) {
  std::vector<std::string> out;
  for (LvId id : lvs) out.push_back(vg.find_lv(id)->name);
  return out;
}

TEST(UnitVgReduce, PartialVolumesAreLostAndKeepTheirPvsUntilTheyAreGone) {
  WorldBuilder b = three_in_vg();
  b.linear("a", "/dev/sda", 0, 3).linear("b", "/dev/sdb", 0, 3).linear("c", "/dev/sdb", 3, 3);
  b.lose("/dev/sdb");
  const world::VgView& view = b.view("vg");
  EXPECT_THAT(names(*view.vg, losses(view).volumes), ElementsAre("b", "c"));
  EXPECT_THAT(losses(view).caches, IsEmpty());
  auto plan = vg_reduce(b.context(), view, {.remove_missing = true, .force = true});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(plan->failures.size(), 1u);
  EXPECT_EQ(plan->stages.back().after->pvs.size(), 3u);
}

TEST(UnitVgReduce, NothingMissingIsSaid) {
  WorldBuilder b = three_in_vg();
  auto plan = vg_reduce(b.context(), b.view("vg"), {.remove_missing = true});
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->empty());
  EXPECT_EQ(plan->notes[0].text, "Volume group \"vg\" is already consistent.");
}

TEST(UnitVgReduce, NotEverythingMayBeMissing) {
  WorldBuilder b = three_in_vg();
  b.lose("/dev/sda").lose("/dev/sdb").lose("/dev/sdc");
  EXPECT_THAT(refusal(vg_reduce(b.context(), b.view("vg"), {.remove_missing = true})),
              HasSubstr("use vgremove --force"));
}

// --- vgremove, vgrename -----------------------------------------------------------------------------

TEST(UnitVgRemove, AnEmptyVgGoesWithoutAQuestion) {
  WorldBuilder b = three_in_vg();
  auto plan = vg_remove(b.context(), b.view("vg"), {});
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->questions, IsEmpty());
  EXPECT_TRUE(has_step<step::RemoveMetadata>(*plan));
  EXPECT_FALSE(plan->stages.back().after);
  EXPECT_THAT(texts(*plan), ElementsAre("Volume group \"vg\" successfully removed"));
}

TEST(UnitVgRemove, VolumesAreAskedForAndGoFirst) {
  WorldBuilder b = three_in_vg();
  b.linear("a", "/dev/sda", 0, 3).linear("b", "/dev/sdb", 0, 3);
  auto plan = vg_remove(b.context(), b.view("vg"), {});
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->questions.size(), 1u);
  EXPECT_EQ(plan->questions[0].text,
            "Do you really want to remove volume group \"vg\" containing 2 logical volumes? [y/n]: ");
  EXPECT_EQ(plan->questions[0].when_no, "Volume group \"vg\" not removed");
  EXPECT_THAT(texts(*plan),
              ElementsAre("Logical volume \"a\" successfully removed.", "Logical volume \"b\" successfully removed.",
                          "Volume group \"vg\" successfully removed"));
  EXPECT_TRUE(plan->stages.back().before->lvs.empty());
  EXPECT_THAT(vg_remove(b.context(), b.view("vg"), {.force = 1})->questions, IsEmpty());
}

TEST(UnitVgRemove, AMissingPvNeedsForceWhenNothingElseStopsIt) {
  WorldBuilder b = three_in_vg();
  b.lose("/dev/sdb");
  EXPECT_EQ(refusal(vg_remove(b.context(), b.view("vg"), {})),
            "Volume group \"vg\" not found, is inconsistent or has PVs missing.\n"
            "Consider vgreduce --removemissing if metadata is inconsistent.");
  EXPECT_TRUE(vg_remove(b.context(), b.view("vg"), {.force = 1}));
  b.linear("a", "/dev/sda", 0, 3);
  auto plan = vg_remove(b.context(), b.view("vg"), {.yes = true});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(plan->notes[0].text, "WARNING: 1 physical volumes are currently missing from the system.");
}

TEST(UnitVgRename, TakesLiveVolumesAlong) {
  WorldBuilder b = three_in_vg();
  b.linear("lv", "/dev/sda", 0, 3).live(1);
  auto plan = vg_rename(b.context(), b.view("vg"), {"data"});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(plan->stages[0].after->name, "data");
  EXPECT_EQ(plan->stages[0].after->id, plan->stages[0].before->id);
  EXPECT_TRUE(has_step<step::RenameDevice>(*plan));
  EXPECT_THAT(texts(*plan), ElementsAre("Volume group \"vg\" successfully renamed to \"data\""));
}

TEST(UnitVgRename, TheNewNameMustBeFree) {
  WorldBuilder b = three_in_vg();
  b.vg("other", {"/dev/sdd"});
  EXPECT_EQ(refusal(vg_rename(b.context(), b.view("vg"), {"other"})), "New VG name \"other\" already exists");
}

// --- vgchange ---------------------------------------------------------------------------------------

TEST(UnitVgChange, ExtentSizeRescalesEverything) {
  WorldBuilder b = three_in_vg();
  b.linear("a", "/dev/sda", 2, 4).striped("s", {"/dev/sdb", "/dev/sdc"}, 0, 4);
  auto plan = vg_change(b.context(), b.view("vg"), {.extent_size = Sectors(4096)});
  ASSERT_TRUE(plan) << plan.error().text();
  const model::Vg& after = *plan->stages[0].after;
  EXPECT_EQ(after.extent_size, Sectors(4096));
  EXPECT_EQ(after.pvs[0].pe_count, Extents(32));
  EXPECT_EQ(after.lvs[0].segments[0].count, Extents(8));
  EXPECT_EQ(std::get<model::PvArea>(std::get<model::Striped>(after.lvs[0].segments[0].body).areas[0]).start,
            Extents(4));
  EXPECT_EQ(after.lvs[1].segments[0].count, Extents(8));
  EXPECT_TRUE(vg_change(b.context(), b.view("vg"), {.extent_size = Sectors(16384)}));
}

TEST(UnitVgChange, ExtentSizesThatDoNotFitAreRefused) {
  WorldBuilder b = three_in_vg();
  auto refused = [&](std::uint64_t sectors) {
    return refusal(vg_change(b.context(), b.view("vg"), {.extent_size = Sectors(sectors)}));
  };
  EXPECT_EQ(refused(8192 * 32), "New extent size is not a perfect fit");
  EXPECT_EQ(refused(8192 * 48 / 2), "New size 131072 for /dev/sda not an exact number of new extents.");
  b.linear("a", "/dev/sda", 0, 1);
  EXPECT_EQ(refused(16384), "New size 385024 for vg free space not an exact number of new extents.");
  b.linear("b", "/dev/sdb", 0, 1);
  EXPECT_EQ(refused(16384), "New size 8192 for /dev/sda allocated space not an exact number of new extents.");
  b.edit().lvs.pop_back();
  b.linear("b", "/dev/sda", 1, 1);
  EXPECT_EQ(refused(16384), "New size 8192 for a not an exact number of new extents.");
  EXPECT_EQ(refused(3), "Physical extent size must be a power of 2 or a multiple of 128 KiB.");
  (void)refused(8192);
  EXPECT_THAT(b.said(), ElementsAre("Physical extent size of VG vg is already 4.00 MiB."));
}

TEST(UnitVgChange, LimitsRespectWhatIsThere) {
  WorldBuilder b = three_in_vg();
  b.linear("a", "/dev/sda", 0, 1).linear("b", "/dev/sda", 1, 1);
  EXPECT_EQ(refusal(vg_change(b.context(), b.view("vg"), {.max_pv = 2})),
            "MaxPhysicalVolumes is less than the current number 3 of PVs for \"vg\"");
  EXPECT_EQ(refusal(vg_change(b.context(), b.view("vg"), {.max_lv = 1})),
            "MaxLogicalVolume is less than the current number 2 of LVs for vg");
  EXPECT_EQ(vg_change(b.context(), b.view("vg"), {.max_lv = 2, .max_pv = 0})->stages[0].after->max_lv, 2u);
  b.edit().flags.clear(model::VgFlag::resizeable);
  EXPECT_EQ(refusal(vg_change(b.context(), b.view("vg"), {.max_lv = 9})),
            "Volume group \"vg\" must be resizeable to change MaxLogicalVolume");
  EXPECT_EQ(refusal(vg_change(b.context(), b.view("vg"), {.max_pv = 9})),
            "Volume group \"vg\" must be resizeable to change MaxPhysicalVolumes");
  EXPECT_EQ(refusal(vg_change(b.context(), b.view("vg"), {.extent_size = Sectors(4096)})),
            "Volume group \"vg\" must be resizeable to change PE size");
}

TEST(UnitVgChange, WhatIsSoAlreadyIsRefused) {
  WorldBuilder b = three_in_vg();
  auto refused = [&](const VgChangeRequest& request) { return refusal(vg_change(b.context(), b.view("vg"), request)); };
  EXPECT_EQ(refused({.allocation = model::Allocation::normal}), "Volume group allocation policy is already normal");
  EXPECT_EQ(refused({.allocation = model::Allocation::inherit}),
            "Volume Group allocation policy cannot inherit from anything");
  EXPECT_EQ(refused({.resizeable = true}), "Volume group \"vg\" is already resizeable");
  EXPECT_EQ(refused({.autoactivation = true}), "Volume group autoactivation is already yes.");
}

TEST(UnitVgChange, TagsAndFlags) {
  WorldBuilder b = three_in_vg();
  b.edit().tags = {"old", "kept"};
  auto plan = vg_change(b.context(), b.view("vg"),
                        {.allocation = model::Allocation::cling,
                         .resizeable = false,
                         .autoactivation = false,
                         .add_tags = {"new", "kept"},
                         .delete_tags = {"old", "nosuch"}});
  ASSERT_TRUE(plan);
  const model::Vg& after = *plan->stages[0].after;
  EXPECT_THAT(after.tags, ElementsAre("kept", "new"));
  EXPECT_EQ(after.allocation, model::Allocation::cling);
  EXPECT_FALSE(after.flags.has(model::VgFlag::resizeable));
  EXPECT_TRUE(after.flags.has(model::VgFlag::no_autoactivate));
  EXPECT_THAT(texts(*plan), ElementsAre("Volume group \"vg\" successfully changed"));
}

TEST(UnitVgChange, MetadataCopies) {
  WorldBuilder b = three_in_vg();
  auto plan = vg_change(b.context(), b.view("vg"), {.metadata_copies = 1});
  ASSERT_TRUE(plan);
  EXPECT_THAT(write_of(plan->stages[0])->area_use,
              ElementsAre(step::AreaUse{b.pv_id("/dev/sdb"), 0, true}, step::AreaUse{b.pv_id("/dev/sdc"), 0, true}));
  b.edit().metadata_copies = 1;
  b.world().pvs[1].areas[0].ignored = b.world().pvs[2].areas[0].ignored = true;
  plan = vg_change(b.context(), b.view("vg"), {.metadata_copies = 0});
  EXPECT_THAT(write_of(plan->stages[0])->area_use, IsEmpty()) << "unmanaged leaves things as they are";
  plan = vg_change(b.context(), b.view("vg"), {.metadata_copies = kAllCopies});
  EXPECT_EQ(write_of(plan->stages[0])->area_use.size(), 2u);
  EXPECT_EQ(plan->stages[0].after->metadata_copies, 0u);
  (void)vg_change(b.context(), b.view("vg"), {.metadata_copies = 1});
  EXPECT_THAT(b.said(), ElementsAre("Number of metadata copies for VG vg is already 1."));
}

TEST(UnitVgChange, AVgWithAMissingPvTakesTagsOnly) {
  WorldBuilder b = three_in_vg();
  b.lose("/dev/sdc");
  EXPECT_TRUE(vg_change(b.context(), b.view("vg"), {.add_tags = {"x"}}));
  EXPECT_EQ(refusal(vg_change(b.context(), b.view("vg"), {.max_lv = 4})),
            "Cannot change VG vg while PVs are missing.\n"
            "See vgreduce --removemissing and vgextend --restoremissing.");
}

TEST(UnitVgChange, ANewIdOnlyWithoutActiveVolumes) {
  WorldBuilder b = three_in_vg();
  b.linear("a", "/dev/sda", 0, 1);
  auto plan = vg_change(b.context(), b.view("vg"), {.new_uuid = true});
  ASSERT_TRUE(plan);
  EXPECT_NE(plan->stages[0].after->id, plan->stages[0].before->id);
  b.live();
  EXPECT_THAT(refusal(vg_change(b.context(), b.view("vg"), {.new_uuid = true})), HasSubstr("active logical volumes"));
}

TEST(UnitVgChange, AForeignSystemIdIsAskedFor) {
  WorldBuilder b = three_in_vg();
  auto plan = vg_change(b.context(), b.view("vg"), {.system_id = "other"});
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->questions.size(), 1u);
  EXPECT_EQ(plan->questions[0].text, "Set foreign system ID other on volume group vg? [y/n]: ");
  EXPECT_EQ(plan->questions[0].when_no, "Volume group vg system ID not changed.");
  ASSERT_EQ(plan->notes.size(), 2u);
  EXPECT_EQ(plan->notes[0].text, "WARNING: No local system ID is set.");
  EXPECT_EQ(plan->notes[1].text, "WARNING: Volume group vg might become inaccessible from this machine.");
}

// --- area use ---------------------------------------------------------------------------------------

TEST(UnitAreaUse, SpreadsOverPvsAndKeepsOneInUse) {
  WorldBuilder b = three_in_vg();
  PvId one = b.pv_id("/dev/sda"), two = b.pv_id("/dev/sdb");
  std::vector<KnownArea> areas = {{one, 0, false}, {one, 1, false}, {two, 0, false}, {two, 1, false}};
  EXPECT_THAT(choose_area_use(areas, 2), ElementsAre(step::AreaUse{one, 1, true}, step::AreaUse{two, 1, true}));
  for (KnownArea& area : areas) area.ignored = true;
  EXPECT_THAT(choose_area_use(areas, 2), ElementsAre(step::AreaUse{one, 0, false}, step::AreaUse{two, 0, false}));
  EXPECT_THAT(choose_area_use(areas, 0), ElementsAre(step::AreaUse{one, 0, false}));
  EXPECT_EQ(choose_area_use(areas, 9).size(), 4u);
  EXPECT_THAT(choose_area_use({}, 3), IsEmpty());
}

// --- vgcfgrestore -----------------------------------------------------------------------------------

TEST(UnitVgRestore, TheNumberGoesAboveThoseThatAreThere) {
  WorldBuilder b = three_in_vg();
  model::Vg saved = b.edit();
  b.edit().seqno = 17;
  for (world::PvDevice& pv : b.world().pvs) pv.areas[0].seqno = 17;
  auto plan = vg_restore(b.context(), &b.view("vg"), {saved, false, false});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(plan->stages[0].after->seqno, 18u);
  saved.seqno = 20;
  EXPECT_EQ(vg_restore(b.context(), &b.view("vg"), {saved, false, false})->stages[0].after->seqno, 21u);
}

TEST(UnitVgRestore, TheNumberGoesAboveCopiesThatStay) {
  WorldBuilder b = three_in_vg();
  model::Vg saved = b.edit();
  saved.pvs.pop_back();
  b.edit().seqno = 17;
  b.world().pvs[2].areas[0].seqno = 19;
  auto plan = vg_restore(b.context(), &b.view("vg"), {saved, false, false});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(plan->stages[0].after->seqno, 20u);
  EXPECT_THAT(texts(*plan), ElementsAre("Restored volume group vg."));
  EXPECT_FALSE(has_step<step::Archive>(*plan));
}

TEST(UnitVgRestore, EveryPvMustBeThereWithItsDataInPlace) {
  WorldBuilder b = three_in_vg();
  model::Vg saved = b.edit();
  model::Vg moved = saved;
  moved.pvs[0].pe_start = Sectors(4096);
  EXPECT_THAT(refusal(vg_restore(b.context(), nullptr, {moved, false, false})),
              HasSubstr("begins its data at sector 2048"));
  b.lose("/dev/sdc");
  EXPECT_EQ(refusal(vg_restore(b.context(), nullptr, {saved, false, false})),
            "Cannot restore Volume Group vg with 1 PVs marked as missing.\nRestore failed.");
}

TEST(UnitVgRestore, ActiveVolumesAreAskedFor) {
  WorldBuilder b = three_in_vg();
  b.linear("a", "/dev/sda", 0, 1).live();
  model::Vg saved = b.edit();
  auto plan = vg_restore(b.context(), &b.view("vg"), {saved, false, false});
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->questions.size(), 1u);
  EXPECT_EQ(plan->questions[0].text,
            "Do you really want to proceed with restore of volume group \"vg\", while 1 volume(s) are active? [y/n]: ");
  EXPECT_EQ(plan->questions[0].when_no, "Restore aborted.");
}

}  // namespace
}  // namespace lvm::plan
