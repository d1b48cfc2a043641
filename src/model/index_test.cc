// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/index.h"

#include <gtest/gtest.h>

#include "model/testing.h"

namespace lvm::model {
namespace {

using testing::id;
using testing::on_lv;
using testing::on_pv;
using testing::striped;

TEST(UnitIndex, FindsByIdAndByName) {
  Vg vg = testing::vg(3);
  for (unsigned i = 0; i < 5000; ++i) vg.lvs.push_back(testing::lv(i + 1, "lv" + std::to_string(i), {}));
  Index index(vg);
  for (unsigned i = 0; i < 5000; ++i) {
    EXPECT_EQ(index.lv(id<LvId>(i + 1)), &vg.lvs[i]);
    EXPECT_EQ(index.lv("lv" + std::to_string(i)), &vg.lvs[i]);
  }
  EXPECT_EQ(index.lv(id<LvId>(6000)), nullptr);
  EXPECT_EQ(index.lv("lv5000"), nullptr);
  EXPECT_EQ(index.pv(id<PvId>(2)), &vg.pvs[1]);
  EXPECT_EQ(index.pv_position(id<PvId>(3)), 2u);
  EXPECT_EQ(index.pv(id<PvId>(4)), nullptr);
  EXPECT_EQ(index.duplicate_id(), PositionTable::kNone);
  EXPECT_EQ(index.duplicate_name(), PositionTable::kNone);
  EXPECT_FALSE(index.duplicate_pv_id());
}

TEST(UnitIndex, EmptyVgHasNothing) {
  Vg vg = testing::vg(0);
  Index index(vg);
  EXPECT_EQ(index.lv("x"), nullptr);
  EXPECT_EQ(index.pv(id<PvId>(1)), nullptr);
}

TEST(UnitIndex, SaysWhatStandsTwice) {
  Vg vg = testing::vg(2);
  vg.lvs = {testing::lv(1, "a", {}), testing::lv(2, "b", {}), testing::lv(3, "a", {}), testing::lv(2, "c", {})};
  vg.pvs[1].id = vg.pvs[0].id;
  Index index(vg);
  EXPECT_EQ(index.duplicate_name(), 2u);
  EXPECT_EQ(index.duplicate_id(), 3u);
  EXPECT_TRUE(index.duplicate_pv_id());
  EXPECT_EQ(index.lv("a"), &vg.lvs[0]) << "the first one is found";
}

TEST(UnitUsage, RangesAreSortedAndCounted) {
  Vg vg = testing::vg(2);
  vg.lvs = {testing::lv(1, "a", {striped(0, 10, {on_pv(1, 50)}), striped(10, 8, {on_pv(1, 0), on_pv(2, 4)})}),
            testing::lv(2, "b", {striped(0, 5, {on_pv(1, 20)})}), testing::lv(3, "c", {striped(0, 5, {on_lv(2, 0)})})};
  auto usage = pv_usage(vg);
  ASSERT_EQ(usage.size(), 2u);
  ASSERT_EQ(usage[0].ranges.size(), 3u);
  EXPECT_EQ(usage[0].ranges[0], (Allocated{Extents(0), Extents(4), 0, 1, 0, true}));
  EXPECT_EQ(usage[0].ranges[1], (Allocated{Extents(20), Extents(5), 1, 0, 0, true}));
  EXPECT_EQ(usage[0].ranges[2], (Allocated{Extents(50), Extents(10), 0, 0, 0, true}));
  EXPECT_EQ(usage[0].ranges[1].lv_id(vg), id<LvId>(2));
  EXPECT_EQ(usage[0].allocated.n, 19u);
  EXPECT_EQ(allocated_extents(vg), (std::vector{Extents(19), usage[1].allocated}));
  ASSERT_EQ(usage[1].ranges.size(), 1u);
  EXPECT_EQ(usage[1].ranges[0], (Allocated{Extents(4), Extents(4), 0, 1, 1, true}));
}

TEST(UnitUsage, GuessesStayInsideThePvAndAreCountedOnce) {
  Vg vg = testing::vg(1);
  Segment unknown{
      Extents(0), Extents(40), {}, UnknownSegment{"warp", "", {on_pv(1, 80), on_pv(1, 90), on_pv(1, 200)}}, {}};
  vg.lvs = {testing::lv(1, "u", {unknown}), testing::lv(2, "a", {striped(0, 15, {on_pv(1, 70)})})};
  auto usage = pv_usage(vg);
  ASSERT_EQ(usage[0].ranges.size(), 3u);
  EXPECT_TRUE(usage[0].ranges[0].certain);
  EXPECT_FALSE(usage[0].ranges[1].certain);
  EXPECT_EQ(usage[0].ranges[1].count.n, 20u);
  EXPECT_EQ(usage[0].ranges[2].count.n, 10u);
  EXPECT_EQ(usage[0].allocated.n, 30u);
  EXPECT_EQ(allocated_extents(vg), std::vector{Extents(30)});
}

TEST(UnitVg, LinearSearchesAgree) {
  Vg vg = testing::vg(2);
  vg.lvs = {testing::lv(1, "a", {striped(0, 10, {on_pv(1, 50)}), striped(10, 8, {on_pv(1, 0)})})};
  EXPECT_EQ(vg.find_lv("a"), &vg.lvs[0]);
  EXPECT_EQ(vg.find_lv("b"), nullptr);
  EXPECT_EQ(vg.find_lv(id<LvId>(1)), &vg.lvs[0]);
  EXPECT_EQ(vg.find_pv(id<PvId>(2)), &vg.pvs[1]);
  EXPECT_EQ(vg.find_pv(id<PvId>(9)), nullptr);
  EXPECT_EQ(vg.lvs[0].extents().n, 18u);
  EXPECT_FALSE(vg.lvs[0].has_unknown_segments());
}

}  // namespace
}  // namespace lvm::model
