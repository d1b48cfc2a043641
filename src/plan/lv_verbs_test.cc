// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/lv_change.h"
#include "plan/lv_create.h"
#include "plan/lv_remove.h"
#include "plan/lv_resize.h"
#include "plan/testing/world_builder.h"

namespace lvm::plan {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::WorldBuilder;
using Unit = LvSize::Unit;
using Sign = LvSize::Sign;

LvCreateRequest create(std::uint64_t extents) {
  LvCreateRequest request;
  request.size = {Unit::extents, Sign::none, extents};
  request.activation = Activation::no;
  return request;
}

WorldBuilder two_disks() {
  WorldBuilder b;
  b.pv("/dev/sda", 15).pv("/dev/sdb", 15).vg("vg", {"/dev/sda", "/dev/sdb"});
  return b;
}

TEST(UnitLvCreate, NamesAreGeneratedAndTheVgMovesOneStep) {
  WorldBuilder b = two_disks();
  auto plan = lv_create(b.context(), b.view("vg"), create(3));
  ASSERT_TRUE(plan) << plan.error().text();
  ASSERT_EQ(plan->stages.size(), 1u);
  const step::Stage& stage = plan->stages.front();
  EXPECT_EQ(stage.after->seqno, stage.before->seqno + 1);
  ASSERT_EQ(stage.after->lvs.size(), 1u);
  EXPECT_EQ(stage.after->lvs[0].name, "lvol0");
  EXPECT_EQ(stage.after->lvs[0].extents().n, 3u);
  EXPECT_EQ(stage.after->lvs[0].creation_time, 1700000000);
}

TEST(UnitLvCreate, BytesRoundUpToExtentsAndSaySo) {
  WorldBuilder b = two_disks();
  LvCreateRequest request = create(0);
  request.size = {Unit::bytes, Sign::none, 5 << 20};
  auto plan = lv_create(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->stages[0].after->lvs[0].extents().n, 2u);
  EXPECT_THAT(b.said(), ElementsAre("Rounding up size to full physical extent 8.00 MiB"));
}

// What the reference says with these settings.
TEST(UnitLvCreate, SizesAreSaidInTheUnitsOfTheSettings) {
  const auto said = [](const char* settings) {
    WorldBuilder b = two_disks();
    b.config().add(config::Config::Layer::command_line, std::move(*syntax::Document::parse(settings, "test")));
    LvCreateRequest request = create(0);
    request.size = {Unit::bytes, Sign::none, 5 << 20};
    EXPECT_TRUE(lv_create(b.context(), b.view("vg"), request));
    return b.said();
  };
  EXPECT_THAT(said("global/units=\"s\""), ElementsAre("Rounding up size to full physical extent 16384 Se"));
  EXPECT_THAT(said("global { units=\"s\" suffix=0 }"), ElementsAre("Rounding up size to full physical extent 16384"));
  EXPECT_THAT(said("global/units=\"H\""), ElementsAre("Rounding up size to full physical extent 8.39 MB"));
  EXPECT_THAT(said("global/units=\"3m\""), ElementsAre("Rounding up size to full physical extent 2.67 Un"));
}

TEST(UnitLvCreate, StripesRoundUpAndUseTheDefaultSize) {
  WorldBuilder b = two_disks();
  LvCreateRequest request = create(3);
  request.stripes = 2;
  auto plan = lv_create(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan);
  const auto& body = std::get<model::Striped>(plan->stages[0].after->lvs[0].segments[0].body);
  EXPECT_EQ(body.stripe_size.n, 128u);
  EXPECT_THAT(b.said(),
              ElementsAre("Using default stripesize 64.00 KiB.",
                          "Rounding size 12.00 MiB (3 extents) up to stripe boundary size 16.00 MiB (4 extents)."));
}

TEST(UnitLvCreate, PercentagesRoundDownAndAreApproximate) {
  WorldBuilder b = two_disks();
  LvCreateRequest request = create(0);
  request.size = {Unit::percent_free, Sign::none, 10};
  auto plan = lv_create(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->stages[0].after->lvs[0].extents().n, 3u);
}

TEST(UnitLvCreate, TooLargeNamesBothNumbers) {
  WorldBuilder b = two_disks();
  auto plan = lv_create(b.context(), b.view("vg"), create(200));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message(), "Volume group \"vg\" has insufficient free space (30 extents): 200 required.");
}

TEST(UnitLvCreate, TakenNamesAreRefused) {
  WorldBuilder b = two_disks();
  b.linear("data", "/dev/sda", 0, 1);
  LvCreateRequest request = create(1);
  request.name = "data";
  auto plan = lv_create(b.context(), b.view("vg"), request);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message(), "Logical Volume \"data\" already exists in volume group \"vg\"");
}

TEST(UnitLvCreate, ActiveVolumesAreWipedBeforeTheyAreAnnounced) {
  WorldBuilder b = two_disks();
  LvCreateRequest request = create(3);
  request.activation = Activation::yes;
  auto plan = lv_create(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan);
  auto steps = testing::steps_of(*plan);
  auto position = [&](std::string_view what) {
    for (std::size_t i = 0; i < steps.size(); ++i)
      if (steps[i].find(what) != std::string::npos) return static_cast<int>(i);
    return -1;
  };
  EXPECT_LT(position("write metadata"), position("commit metadata"));
  EXPECT_LT(position("commit metadata"), position("create device name=vg-lvol0"));
  EXPECT_LT(position("create device"), position("load table name=vg-lvol0"));
  EXPECT_LT(position("load table"), position("resume name=vg-lvol0"));
  EXPECT_LT(position("resume"), position("wipe volume volume=vg/lvol0 zero=4096 bytes signatures=remove"));
  EXPECT_LT(position("wipe volume"), position("say text=Logical volume \"lvol0\" created."));
  ASSERT_EQ(plan->stages[0].undo.size(), 1u);
  EXPECT_TRUE(plan->stages[0].undo[0].after->lvs.empty());
}

TEST(UnitLvResize, GrowsInPlaceAndSaysBothSizes) {
  WorldBuilder b = two_disks();
  b.linear("data", "/dev/sda", 0, 5);
  LvResizeRequest request{.lv = b.lv("data"), .size = {Unit::bytes, Sign::plus, 10 << 20}};
  auto plan = lv_resize(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan) << plan.error().text();
  const model::Lv& lv = plan->stages[0].after->lvs[0];
  EXPECT_EQ(lv.segments.size(), 1u) << "the new extents continue the old ones";
  EXPECT_EQ(lv.extents().n, 8u);
  EXPECT_THAT(b.said(), ElementsAre("Rounding size to boundary between physical extents: 12.00 MiB."));
  EXPECT_THAT(testing::steps_of(*plan),
              Contains("say text=Size of logical volume vg/data changed from 20.00 MiB (5 extents) to 32.00 MiB "
                       "(8 extents)."));
}

TEST(UnitLvResize, SameAndWrongDirectionAreErrors) {
  WorldBuilder b = two_disks();
  b.linear("data", "/dev/sda", 0, 5);
  LvResizeRequest request{.lv = b.lv("data"), .size = {Unit::extents, Sign::none, 5}};
  EXPECT_THAT(lv_resize(b.context(), b.view("vg"), request).error().message(), HasSubstr("matches existing size"));
  request.size.value = 4;
  request.direction = LvResizeRequest::Direction::extend;
  EXPECT_THAT(lv_resize(b.context(), b.view("vg"), request).error().message(),
              HasSubstr("not larger than existing size"));
  request.size.value = 6;
  request.direction = LvResizeRequest::Direction::reduce;
  EXPECT_THAT(lv_resize(b.context(), b.view("vg"), request).error().message(),
              HasSubstr("not less than existing size"));
}

TEST(UnitLvResize, ReducingALiveVolumeAsks) {
  WorldBuilder b = two_disks();
  b.linear("data", "/dev/sda", 0, 5).live(1);
  LvResizeRequest request{.lv = b.lv("data"), .size = {Unit::extents, Sign::none, 2}};
  auto plan = lv_resize(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->questions.size(), 1u);
  EXPECT_EQ(plan->questions[0].text, "Do you really want to reduce vg/data? [y/n]: ");
  request.force = true;
  plan = lv_resize(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->questions, IsEmpty());
}

TEST(UnitLvResize, StripedVolumesShrinkToStripeBoundaries) {
  WorldBuilder b = two_disks();
  b.striped("st", {"/dev/sda", "/dev/sdb"}, 0, 8);
  LvResizeRequest request{.lv = b.lv("st"), .size = {Unit::extents, Sign::none, 3}, .force = true};
  auto plan = lv_resize(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->stages[0].after->lvs[0].extents().n, 4u);
  EXPECT_THAT(b.said(), ElementsAre("Rounding size (3 extents) up to stripe boundary size for segment (4 extents)."));
}

TEST(UnitLvRemove, SeveralGoInOneChange) {
  WorldBuilder b = two_disks();
  b.linear("a", "/dev/sda", 0, 1).linear("b", "/dev/sda", 1, 1).linear("c", "/dev/sda", 2, 1);
  auto plan = lv_remove(b.context(), b.view("vg"), {{b.lv("a"), b.lv("c")}, true, true});
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->stages.size(), 1u);
  ASSERT_EQ(plan->stages[0].after->lvs.size(), 1u);
  EXPECT_EQ(plan->stages[0].after->lvs[0].name, "b");
}

TEST(UnitLvRemove, VolumesInUseStayAndTheOthersGo) {
  WorldBuilder b = two_disks();
  b.linear("a", "/dev/sda", 0, 1).live(1).linear("b", "/dev/sda", 1, 1);
  auto plan = lv_remove(b.context(), b.view("vg"), {{b.lv("a"), b.lv("b")}, true, true});
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->failures.size(), 1u);
  EXPECT_THAT(plan->failures[0].message(), HasSubstr("vg/a in use"));
  ASSERT_FALSE(plan->stages.empty());
  EXPECT_EQ(plan->stages.back().after->lvs.size(), 1u);
}

TEST(UnitLvRename, LiveVolumesAreRenamedBehindTheCommit) {
  WorldBuilder b = two_disks();
  b.linear("a", "/dev/sda", 0, 1).live();
  auto plan = lv_rename(b.context(), b.view("vg"), {"a", "b"});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(plan->stages[0].after->lvs[0].name, "b");
  EXPECT_THAT(testing::steps_of(*plan), Contains("rename device name=vg-a to=vg-b"));
}

TEST(UnitLvRename, TakenAndUnknownNames) {
  WorldBuilder b = two_disks();
  b.linear("a", "/dev/sda", 0, 1).linear("b", "/dev/sda", 1, 1);
  EXPECT_EQ(lv_rename(b.context(), b.view("vg"), {"a", "b"}).error().message(),
            "Logical Volume \"b\" already exists in volume group \"vg\"");
  EXPECT_EQ(lv_rename(b.context(), b.view("vg"), {"x", "y"}).error().message(),
            "Existing logical volume \"x\" not found in volume group \"vg\"");
}

TEST(UnitLvChange, WhatIsSoAlreadyIsAnError) {
  WorldBuilder b = two_disks();
  b.linear("a", "/dev/sda", 0, 1);
  LvChangeRequest request{b.lv("a"), {}, false};
  request.attributes.writable = true;
  EXPECT_EQ(lv_change(b.context(), b.view("vg"), request).error().message(),
            "Logical volume vg/a is already writable.");
}

TEST(UnitLvChange, ReadAheadIsRoundedToPages) {
  WorldBuilder b = two_disks();
  b.linear("a", "/dev/sda", 0, 1);
  LvChangeRequest request{b.lv("a"), {}, false};
  request.attributes.read_ahead = 3;
  auto plan = lv_change(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->stages[0].after->lvs[0].read_ahead, 8);
  EXPECT_THAT(b.said(), ElementsAre("WARNING: Overriding readahead to 8 sectors, a multiple of 4K page size."));
}

TEST(UnitLvActivate, SkippedVolumesStayDownUnlessTold) {
  WorldBuilder b = two_disks();
  b.linear("a", "/dev/sda", 0, 1);
  b.edit().lvs.back().flags.set(model::LvFlag::activation_skip);
  LvActivateRequest request{.lvs = {b.lv("a")}};
  auto plan = lv_activate(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->empty());
  request.ignore_activation_skip = true;
  plan = lv_activate(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan);
  EXPECT_THAT(testing::steps_of(*plan), Contains(HasSubstr("resume name=vg-a")));
}

TEST(UnitPlan, MissingPvsStopChangesButNotRemovals) {
  WorldBuilder b = two_disks();
  b.linear("a", "/dev/sda", 0, 1).lose("/dev/sdb");
  auto plan = lv_create(b.context(), b.view("vg"), create(1));
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message(), HasSubstr("Cannot change VG vg while PVs are missing."));
  EXPECT_TRUE(lv_remove(b.context(), b.view("vg"), {{b.lv("a")}, true, true}));
}

}  // namespace
}  // namespace lvm::plan
