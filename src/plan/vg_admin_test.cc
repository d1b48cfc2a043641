// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/lv_groups.h"
#include "plan/testing/world_builder.h"
#include "plan/vg_check.h"
#include "plan/vg_export.h"
#include "plan/vg_import_clone.h"
#include "plan/vg_split.h"

// vgck, vgexport, vgimport, vgsplit, vgmerge, vgimportclone. Messages are those of LVM2 2.03.16.
namespace lvm::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::WorldBuilder;

template <class T>
std::string refusal(const Result<T>& result) {
  return result ? std::string("no refusal") : result.error().message();
}

template <class Step>
const Step* find_step(const step::Plan& plan) {
  for (const step::Stage& stage : plan.stages)
    for (const step::Step& step : stage.steps)
      if (const auto* found = std::get_if<Step>(&step)) return found;
  return nullptr;
}

std::vector<std::string> names(const std::vector<model::Lv>& lvs) {
  std::vector<std::string> out;
  for (const model::Lv& lv : lvs) out.push_back(lv.name);
  return out;
}

WorldBuilder four() {
  WorldBuilder b;
  b.pv("/dev/sda", 15).pv("/dev/sdb", 15).pv("/dev/sdc", 15).pv("/dev/sdd", 15);
  return b;
}

// --- vgck -------------------------------------------------------------------------------------------

TEST(UnitVgCheck, ASoundVgPassesAndIsWrittenWhenAsked) {
  WorldBuilder b = four();
  b.vg("vg", {"/dev/sda", "/dev/sdb"}).linear("a", "/dev/sda", 0, 2);
  EXPECT_TRUE(vg_check(b.view("vg")));
  auto plan = vg_update_metadata(b.context(), b.view("vg"));
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->stages.size(), 1u);
  EXPECT_EQ(plan->stages[0].after->seqno, plan->stages[0].before->seqno + 1);
}

TEST(UnitVgCheck, CountsMissingPvsAndWritesThemDown) {
  WorldBuilder b = four();
  b.vg("vg", {"/dev/sda", "/dev/sdb"}).lose("/dev/sdb");
  EXPECT_EQ(refusal(vg_check(b.view("vg"))), "The volume group is missing 1 physical volumes.");
  auto plan = vg_update_metadata(b.context(), b.view("vg"));
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->stages.size(), 1u);
  EXPECT_TRUE(plan->stages[0].after->pvs[1].missing());
  EXPECT_EQ(plan->stages[0].after->pvs[1].device_hint, "[unknown]");
}

TEST(UnitVgCheck, OutdatedPvsAreSetFree) {
  WorldBuilder b = four();
  b.vg("vg", {"/dev/sda"});
  world::VgView view = b.view("vg");
  view.outdated.push_back(1);
  auto plan = vg_update_metadata(b.context(), view);
  ASSERT_TRUE(plan);
  const auto* clear = find_step<step::ClearOutdated>(*plan);
  ASSERT_NE(clear, nullptr);
  EXPECT_EQ(clear->pv, b.pv_id("/dev/sdb"));
  EXPECT_EQ(clear->vg, view.vg->id);
}

// --- vgexport, vgimport -----------------------------------------------------------------------------

TEST(UnitVgExport, MarksTheVgAndItsPvsAndDropsTheSystemId) {
  WorldBuilder b = four();
  b.vg("vg", {"/dev/sda", "/dev/sdb"});
  auto plan = vg_export(b.context(), b.view("vg"));
  ASSERT_TRUE(plan) << plan.error().text();
  const model::Vg& after = *plan->stages[0].after;
  EXPECT_TRUE(after.exported());
  EXPECT_TRUE(after.pvs[1].flags.has(model::PvFlag::exported));
  EXPECT_EQ(after.system_id, "");
}

TEST(UnitVgExport, RefusesActiveVolumesAndMissingPvs) {
  WorldBuilder b = four();
  b.vg("vg", {"/dev/sda"}).linear("a", "/dev/sda", 0, 2).live();
  EXPECT_EQ(refusal(vg_export(b.context(), b.view("vg"))), "Volume group \"vg\" has active logical volumes");
  WorldBuilder c = four();
  c.vg("vg", {"/dev/sda", "/dev/sdb"}).lose("/dev/sdb");
  EXPECT_THAT(refusal(vg_export(c.context(), c.view("vg"))), HasSubstr("Cannot process volume group vg"));
}

TEST(UnitVgImport, TakesBackWhatExportDid) {
  WorldBuilder b = four();
  b.vg("vg", {"/dev/sda", "/dev/sdb"});
  EXPECT_EQ(refusal(vg_import(b.context(), b.view("vg"), {})), "Volume group \"vg\" is not exported");
  WorldBuilder c = four();
  c.vg("vg", {"/dev/sda"});
  c.edit().flags.set(model::VgFlag::exported);
  c.edit().pvs[0].flags.set(model::PvFlag::exported);
  c.world().host.system_id = "here";
  auto plan = vg_import(c.context(), c.view("vg"), {});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_FALSE(plan->stages[0].after->exported());
  EXPECT_FALSE(plan->stages[0].after->pvs[0].flags.has(model::PvFlag::exported));
  EXPECT_EQ(plan->stages[0].after->system_id, "here");
}

TEST(UnitVgImport, MissingPvsNeedForce) {
  WorldBuilder b = four();
  b.vg("vg", {"/dev/sda", "/dev/sdb"});
  b.edit().flags.set(model::VgFlag::exported);
  b.lose("/dev/sdb");
  EXPECT_THAT(refusal(vg_import(b.context(), b.view("vg"), {})), HasSubstr("while PVs are missing"));
  auto plan = vg_import(b.context(), b.view("vg"), {.force = true});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_TRUE(plan->stages[0].after->pvs[1].missing());
}

// --- vgsplit ----------------------------------------------------------------------------------------

TEST(UnitVgSplit, MovesPvsWithTheirVolumesInThreeWrites) {
  WorldBuilder b = four();
  b.vg("vg", {"/dev/sda", "/dev/sdb", "/dev/sdc"}).linear("a", "/dev/sda", 0, 2).linear("b", "/dev/sdb", 0, 2);
  auto plan = vg_split(b.context(), b.view("vg"), nullptr, {.new_name = "new", .pvs = {b.pv_id("/dev/sdb")}});
  ASSERT_TRUE(plan) << plan.error().text();
  ASSERT_EQ(plan->stages.size(), 3u);
  EXPECT_EQ(plan->stages[0].before, nullptr);
  EXPECT_TRUE(plan->stages[0].after->exported());
  EXPECT_THAT(names(plan->stages[1].after->lvs), ElementsAre("a"));
  EXPECT_EQ(plan->stages[1].after->pvs.size(), 2u);
  const model::Vg& made = *plan->stages[2].after;
  EXPECT_FALSE(made.exported());
  EXPECT_EQ(made.seqno, 2u);
  EXPECT_THAT(names(made.lvs), ElementsAre("b"));
  EXPECT_NE(made.id, b.view("vg").vg->id);
}

TEST(UnitVgSplit, TheOldVgGoesWithItsLastPv) {
  WorldBuilder b = four();
  b.vg("vg", {"/dev/sda"}).linear("a", "/dev/sda", 0, 2);
  auto plan = vg_split(b.context(), b.view("vg"), nullptr, {.new_name = "new", .pvs = {b.pv_id("/dev/sda")}});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(plan->stages[1].after, nullptr);
}

TEST(UnitVgSplit, AVolumeTakesItsPvsAlong) {
  WorldBuilder b = four();
  b.vg("vg", {"/dev/sda", "/dev/sdb", "/dev/sdc"}).striped("a", {"/dev/sdb", "/dev/sdc"}, 0, 4);
  auto plan = vg_split(b.context(), b.view("vg"), nullptr, {.new_name = "new", .lv = "a"});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(plan->stages[2].after->pvs.size(), 2u);
  EXPECT_EQ(refusal(vg_split(b.context(), b.view("vg"), nullptr, {.new_name = "new", .lv = "nosuch"})),
            "Logical volume nosuch not in volume group vg");
}

TEST(UnitVgSplit, RefusesWhatWouldBeCutAndWhatIsActive) {
  WorldBuilder b = four();
  b.vg("vg", {"/dev/sda", "/dev/sdb"}).striped("a", {"/dev/sda", "/dev/sdb"}, 0, 4);
  EXPECT_EQ(refusal(vg_split(b.context(), b.view("vg"), nullptr, {.new_name = "n", .pvs = {b.pv_id("/dev/sda")}})),
            "Can't split Logical Volume a between two Volume Groups");
  WorldBuilder c = four();
  c.vg("vg", {"/dev/sda", "/dev/sdb"}).linear("a", "/dev/sda", 0, 4).live();
  EXPECT_EQ(refusal(vg_split(c.context(), c.view("vg"), nullptr, {.new_name = "n", .pvs = {c.pv_id("/dev/sda")}})),
            "Logical volume vg/a must be inactive.");
  EXPECT_TRUE(vg_split(c.context(), c.view("vg"), nullptr, {.new_name = "n", .pvs = {c.pv_id("/dev/sdb")}}));
}

TEST(UnitVgSplit, AnExistingVgMustFit) {
  WorldBuilder b = four();
  b.vg("one", {"/dev/sda", "/dev/sdb"}).vg("two", {"/dev/sdc"});
  b.edit().extent_size = Sectors(2048);
  VgSplitRequest request{.new_name = "two", .pvs = {b.pv_id("/dev/sdb")}};
  EXPECT_EQ(refusal(vg_split(b.context(), b.view("one"), &b.view("two"), request)),
            "Extent sizes differ: 2048 (two) and 8192 (one)");
  request.max_lv = 4;
  EXPECT_EQ(refusal(vg_split(b.context(), b.view("one"), &b.view("two"), request)),
            "Volume group \"two\" exists, but new VG option specified");
}

// --- vgmerge ----------------------------------------------------------------------------------------

TEST(UnitVgMerge, TakesPvsVolumesAndTags) {
  WorldBuilder b = four();
  b.vg("one", {"/dev/sda"}).linear("a", "/dev/sda", 0, 2);
  b.vg("two", {"/dev/sdb"}).linear("b", "/dev/sdb", 0, 2);
  b.edit().tags = {"t"};
  auto plan = vg_merge(b.context(), b.view("one"), b.view("two"));
  ASSERT_TRUE(plan) << plan.error().text();
  const model::Vg& after = *plan->stages[0].after;
  EXPECT_EQ(after.pvs.size(), 2u);
  EXPECT_THAT(names(after.lvs), ElementsAre("a", "b"));
  EXPECT_THAT(after.tags, ElementsAre("t"));
  EXPECT_EQ(plan->stages[1].before, b.view("two").vg);
  EXPECT_EQ(plan->stages[1].after, nullptr);
}

TEST(UnitVgMerge, RefusesNamesThatClashAndActiveVolumes) {
  WorldBuilder b = four();
  b.vg("one", {"/dev/sda"}).linear("a", "/dev/sda", 0, 2);
  b.vg("two", {"/dev/sdb"}).linear("a", "/dev/sdb", 0, 2);
  EXPECT_EQ(refusal(vg_merge(b.context(), b.view("one"), b.view("two"))),
            "Duplicate logical volume name \"a\" in \"one\" and \"two\"");
  WorldBuilder c = four();
  c.vg("one", {"/dev/sda"}).vg("two", {"/dev/sdb"}).linear("a", "/dev/sdb", 0, 2).live();
  EXPECT_EQ(refusal(vg_merge(c.context(), c.view("one"), c.view("two"))),
            "Logical volumes in \"two\" must be inactive");
}

TEST(UnitVgMerge, LimitsHold) {
  WorldBuilder b = four();
  b.vg("one", {"/dev/sda"});
  b.edit().max_pv = 1;
  b.vg("two", {"/dev/sdb"});
  EXPECT_EQ(refusal(vg_merge(b.context(), b.view("one"), b.view("two"))),
            "Maximum number of physical volumes (1) exceeded  for \"one\" and \"two\"");
}

// --- vgimportclone ----------------------------------------------------------------------------------

TEST(UnitVgImportClone, EverythingGetsANewId) {
  WorldBuilder b = four();
  b.vg("vg", {"/dev/sda", "/dev/sdb"}).linear("a", "/dev/sdb", 0, 2);
  auto plan = vg_import_clone(b.context(), b.view("vg"), {.new_name = "vg1"});
  ASSERT_TRUE(plan) << plan.error().text();
  ASSERT_EQ(plan->stages.size(), 1u);
  EXPECT_EQ(plan->stages[0].before, nullptr);
  const model::Vg &before = *b.view("vg").vg, &after = *plan->stages[0].after;
  EXPECT_EQ(after.name, "vg1");
  EXPECT_EQ(after.seqno, before.seqno + 1);
  EXPECT_NE(after.id, before.id);
  EXPECT_NE(after.pvs[0].id, before.pvs[0].id);
  const auto& area = std::get<model::PvArea>(model::areas(after.lvs[0].segments[0].body)[0]);
  EXPECT_EQ(area.pv, after.pvs[1].id);
  const auto* label = find_step<step::WriteLabel>(*plan);
  ASSERT_NE(label, nullptr);
  EXPECT_EQ(label->id, after.pvs[0].id);
  EXPECT_TRUE(label->format_areas);
}

TEST(UnitVgImportClone, AnExportedVgNeedsImport) {
  WorldBuilder b = four();
  b.vg("vg", {"/dev/sda"});
  b.edit().flags.set(model::VgFlag::exported);
  EXPECT_THAT(refusal(vg_import_clone(b.context(), b.view("vg"), {.new_name = "x"})), HasSubstr("--import"));
  auto plan = vg_import_clone(b.context(), b.view("vg"), {.new_name = "x", .import = true});
  ASSERT_TRUE(plan);
  EXPECT_FALSE(plan->stages[0].after->exported());
}

TEST(UnitVgImportClone, NamesThatAreTakenGetANumber) {
  EXPECT_EQ(free_vg_name("vg", {}), "vg");
  EXPECT_EQ(free_vg_name("vg", {"vg", "vg1"}), "vg2");
  EXPECT_EQ(free_vg_name("vg1", {"vg1"}), "vg11");
}

// --- groups of volumes ------------------------------------------------------------------------------

TEST(UnitLvGroups, AVolumeOnAnotherGoesWithIt) {
  WorldBuilder b = four();
  b.vg("vg", {"/dev/sda", "/dev/sdb"}).linear("a", "/dev/sda", 0, 2).linear("b", "/dev/sdb", 0, 2);
  b.linear("c", "/dev/sda", 4, 2);
  model::Vg& vg = b.edit();
  std::get<model::Striped>(vg.lvs[2].segments[0].body).areas = {model::LvArea{vg.lvs[0].id, Extents()}};
  auto groups = lv_groups(vg);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_THAT(groups[0].lvs, ElementsAre(0u, 2u));
  EXPECT_THAT(groups[0].pvs, ElementsAre(b.pv_id("/dev/sda")));
  EXPECT_THAT(groups[1].lvs, ElementsAre(1u));
}

}  // namespace
}  // namespace lvm::plan
