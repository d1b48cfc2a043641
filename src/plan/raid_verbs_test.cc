// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/lv_create.h"
#include "plan/lv_resize.h"
#include "plan/raid_change.h"
#include "plan/testing/world_builder.h"

// Raids and mirrors, from request to plan: without a kernel.
namespace lvm::plan {
namespace {

using ::testing::_;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::VariantWith;
using testing::WorldBuilder;

LvCreateRequest create(const std::string& type, std::uint64_t extents) {
  LvCreateRequest request;
  request.name = "r";
  request.type = type;
  request.size = {LvSize::Unit::extents, LvSize::Sign::none, extents};
  request.activation = Activation::no;
  return request;
}

WorldBuilder disks(std::uint64_t count) {
  WorldBuilder b;
  std::vector<std::string> names;
  for (std::uint64_t i = 0; i < count; ++i) names.push_back(std::string("/dev/sd") + static_cast<char>('a' + i));
  for (const std::string& name : names) b.pv(name, 15);
  b.vg("vg", names);
  return b;
}

std::vector<std::string> names_of(const model::Vg& vg) {
  std::vector<std::string> out;
  for (const model::Lv& lv : vg.lvs) out.push_back(lv.name);
  return out;
}

std::vector<step::FillExtents> fills_of(const step::Stage& stage) {
  std::vector<step::FillExtents> out;
  for (const step::Step& step : stage.steps)
    if (const auto* fill = std::get_if<step::FillExtents>(&step)) out.push_back(*fill);
  return out;
}

Extents start_of(const model::Vg& vg, const std::string& name) {
  const model::Lv* lv = vg.find_lv(name);
  return std::get<model::PvArea>(lv->as<model::Striped>()->areas.front()).start;
}

TEST(UnitRaidCreate, MetadataLiesInFrontOfItsImageAndIsClearedBeforeTheRaidIsWhole) {
  WorldBuilder b = disks(2);
  auto plan = lv_create(b.context(), b.view("vg"), create("raid1", 4));
  ASSERT_TRUE(plan) << plan.error().text();
  ASSERT_EQ(plan->stages.size(), 2u);  // visible metadata; the raid
  const model::Vg& first = *plan->stages[0].after;
  EXPECT_THAT(names_of(first), ElementsAre("r", "r_rimage_0", "r_rmeta_0", "r_rimage_1", "r_rmeta_1"));
  EXPECT_TRUE(first.find_lv("r_rmeta_0")->visible());
  EXPECT_TRUE(first.find_lv("r")->flags.has(model::LvFlag::activation_skip));
  // Where they lie: no device is made for that.
  const std::vector<step::FillExtents> fills = fills_of(plan->stages[0]);
  ASSERT_EQ(fills.size(), 2u);
  EXPECT_EQ(fills[1].volume, "vg/r_rmeta_1");
  EXPECT_EQ(fills[1].offset, to_bytes(first.pvs[1].pe_start));
  EXPECT_EQ(fills[1].length, Bytes(4096));
  EXPECT_THAT(plan->stages[0].steps, Each(Not(VariantWith<step::CreateDevice>(_))));
  const model::Vg& last = *plan->stages[1].after;
  EXPECT_FALSE(last.find_lv("r_rmeta_0")->visible());
  EXPECT_FALSE(last.find_lv("r")->flags.has(model::LvFlag::activation_skip));
  EXPECT_EQ(start_of(last, "r_rmeta_1").n, 0u);
  EXPECT_EQ(start_of(last, "r_rimage_1").n, 1u);
}

TEST(UnitRaidCreate, ClearingLeadsBackToTheVgAsItWas) {
  WorldBuilder b = disks(2);
  auto plan = lv_create(b.context(), b.view("vg"), create("raid1", 4));
  ASSERT_TRUE(plan) << plan.error().text();
  ASSERT_EQ(plan->stages[0].undo.size(), 1u);
  EXPECT_TRUE(plan->stages[0].undo[0].after->lvs.empty());
}

TEST(UnitRaidCreate, ParityImagesHoldNoExtentsOfTheVolume) {
  WorldBuilder b = disks(5);
  LvCreateRequest request = create("raid6", 6);
  auto plan = lv_create(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan) << plan.error().text();
  const model::Vg& vg = *plan->stages.back().after;
  EXPECT_EQ(vg.find_lv("r")->extents().n, 6u);
  EXPECT_EQ(vg.find_lv("r")->as<model::Raid>()->areas.size(), 5u);
  EXPECT_EQ(vg.find_lv("r_rimage_4")->extents().n, 2u);
}

TEST(UnitRaidCreate, ImpossibleShapesAreRefusedInLvmsWords) {
  WorldBuilder b = disks(3);
  LvCreateRequest request = create("raid5", 4);
  request.stripes = 1;
  auto plan = lv_create(b.context(), b.view("vg"), request);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message(), "Minimum of 2 stripes required for raid5.");
  request = create("raid1", 4);
  request.raid.mirrors = 0;
  EXPECT_EQ(lv_create(b.context(), b.view("vg"), request).error().message(),
            "--mirrors must be at least 1 with segment type raid1.");
  request = create("raid10", 4);
  request.raid.mirrors = 2;
  EXPECT_THAT(lv_create(b.context(), b.view("vg"), request).error().message(), HasSubstr("2-way mirroring"));
  request = create("raid6", 6);
  request.raid.nosync = true;
  EXPECT_EQ(lv_create(b.context(), b.view("vg"), request).error().message(), "nosync option prohibited on RAID6.");
}

TEST(UnitRaidCreate, WhatIsMissingCountsEveryCopyWithItsMetadata) {
  WorldBuilder b = disks(3);
  LvCreateRequest request = create("raid1", 4);
  request.raid.mirrors = 3;
  auto plan = lv_create(b.context(), b.view("vg"), request);
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message(), HasSubstr("20 more required"));
}

TEST(UnitMirrorCreate, TheLogIsFilledAndGetsAHeaderBeforeTheMirrorNamesIt) {
  WorldBuilder b = disks(3);
  LvCreateRequest request = create("mirror", 4);
  request.raid.nosync = true;
  auto plan = lv_create(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan) << plan.error().text();
  ASSERT_EQ(plan->stages.size(), 2u);
  EXPECT_FALSE(plan->stages[0].after->find_lv("r")->as<model::Mirror>()->log);
  const std::vector<step::FillExtents> fills = fills_of(plan->stages[0]);
  ASSERT_EQ(fills.size(), 1u);
  EXPECT_EQ(fills[0].fill, std::byte{0xff});
  EXPECT_EQ(fills[0].head.size(), 16u);
  EXPECT_TRUE(plan->stages[1].after->find_lv("r")->as<model::Mirror>()->log);
}

TEST(UnitMirrorCreate, AMirroredLogIsBroughtUpToBeFilled) {
  WorldBuilder b = disks(4);
  b.config().add(config::Config::Layer::command_line,
                 std::move(*syntax::Document::parse("global/support_mirrored_mirror_log=1", "test")));
  LvCreateRequest request = create("mirror", 4);
  request.raid.mirror_log = "mirrored";
  auto plan = lv_create(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_THAT(fills_of(plan->stages[0]), IsEmpty());
  EXPECT_THAT(plan->stages[0].steps,
              Contains(VariantWith<step::WipeVolume>(Field(&step::WipeVolume::head, SizeIs(16)))));
}

TEST(UnitRaidResize, EveryImageGrowsAndShrinksAlike) {
  WorldBuilder b = disks(3);
  auto made = lv_create(b.context(), b.view("vg"), create("raid5", 4));
  ASSERT_TRUE(made) << made.error().text();
  world::VgView view = b.view("vg");
  view.vg = made->stages.back().after;
  LvResizeRequest request;
  request.lv = view.vg->find_lv("r")->id;
  request.size = {LvSize::Unit::extents, LvSize::Sign::plus, 3};
  auto larger = lv_resize(b.context(), view, request);
  ASSERT_TRUE(larger) << larger.error().text();
  EXPECT_EQ(larger->stages.back().after->find_lv("r")->extents().n, 8u);
  EXPECT_EQ(larger->stages.back().after->find_lv("r_rimage_2")->extents().n, 4u);
  view.vg = larger->stages.back().after;
  request.size = {LvSize::Unit::extents, LvSize::Sign::minus, 3};
  auto smaller = lv_resize(b.context(), view, request);
  ASSERT_TRUE(smaller) << smaller.error().text();
  EXPECT_EQ(smaller->stages.back().after->find_lv("r")->extents().n, 6u);
  EXPECT_EQ(smaller->stages.back().after->find_lv("r_rimage_0")->extents().n, 3u);
}

TEST(UnitRaidChange, RatesAndWriteMostlyAreForTheirLevelsOnly) {
  WorldBuilder b = disks(3);
  auto made = lv_create(b.context(), b.view("vg"), create("raid5", 4));
  ASSERT_TRUE(made) << made.error().text();
  model::Vg vg = *made->stages.back().after;
  LvId id = vg.find_lv("r")->id;
  RaidSettings settings;
  settings.write_behind = 100;
  EXPECT_THAT(apply_raid_settings(b.context(), settings, vg, id).error().message(), HasSubstr("LV types raid1"));
  settings = {};
  settings.min_recovery_rate = 10;
  settings.max_recovery_rate = 5;
  EXPECT_FALSE(apply_raid_settings(b.context(), settings, vg, id));
  settings.max_recovery_rate = 20;
  EXPECT_TRUE(apply_raid_settings(b.context(), settings, vg, id));
  EXPECT_EQ(vg.find_lv(id)->as<model::Raid>()->max_recovery_rate, 20u);
}

}  // namespace
}  // namespace lvm::plan
