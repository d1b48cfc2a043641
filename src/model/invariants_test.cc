// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/invariants.h"

#include <gtest/gtest.h>

#include <functional>

#include "model/testing.h"

namespace lvm::model {
namespace {

using testing::id;
using testing::on_lv;
using testing::on_pv;
using testing::striped;

Vg good() {
  Vg vg = testing::vg(2);
  vg.lvs = {testing::lv(1, "a", {striped(0, 10, {on_pv(1, 0)}), striped(10, 8, {on_pv(1, 10), on_pv(2, 0)})}),
            testing::lv(2, "b", {striped(0, 86, {on_pv(1, 14)})}),
            testing::lv(3, "top", {striped(0, 86, {on_lv(2, 0)})})};
  return vg;
}

// The message of check() after one change to a good VG.
std::string after(const std::function<void(Vg&)>& change) {
  Vg vg = good();
  change(vg);
  auto result = check(vg);
  if (result) return "";
  EXPECT_EQ(result.error().code(), Code::corrupt);
  return result.error().message();
}

Striped& body(Vg& vg, std::size_t lv, std::size_t segment) {
  return std::get<Striped>(vg.lvs[lv].segments[segment].body);
}

TEST(UnitInvariants, AGoodVgPasses) {
  EXPECT_EQ(after([](Vg&) {}), "");
}

TEST(UnitInvariants, IdentityOfTheVg) {
  EXPECT_NE(after([](Vg& vg) { vg.name = "../x"; }), "");
  EXPECT_NE(after([](Vg& vg) { vg.id = {}; }), "");
  EXPECT_NE(after([](Vg& vg) { vg.extent_size = Sectors(0); }), "");
  EXPECT_NE(after([](Vg& vg) { vg.extent_size = Sectors(1ull << 32); }), "");
  EXPECT_EQ(after([](Vg& vg) { vg.extent_size = Sectors(8191); }), "") << "odd sizes on disk are read";
}

TEST(UnitInvariants, IdentityOfVolumes) {
  EXPECT_NE(after([](Vg& vg) { vg.pvs[1].id = vg.pvs[0].id; }), "");
  EXPECT_NE(after([](Vg& vg) { vg.pvs[1].id = {}; }), "");
  EXPECT_EQ(after([](Vg& vg) { vg.lvs[1].name = "a"; }),
            "Two logical volumes of the volume group \"vg\" are named \"a\".");
  EXPECT_NE(after([](Vg& vg) { vg.lvs[1].id = vg.lvs[0].id; }), "");
  EXPECT_NE(after([](Vg& vg) { vg.lvs[1].id = {}; }), "");
  EXPECT_NE(after([](Vg& vg) { vg.lvs[1].name = "a/b"; }), "");
}

TEST(UnitInvariants, SegmentsFollowEachOther) {
  EXPECT_EQ(after([](Vg& vg) { vg.lvs[0].segments[1].start = Extents(11); }),
            "The segment 2 of logical volume \"vg/a\" starts at extent 11 instead of 10.");
  EXPECT_NE(after([](Vg& vg) { vg.lvs[0].segments[1].start = Extents(9); }), "");
  EXPECT_NE(after([](Vg& vg) { vg.lvs[0].segments[0].count = Extents(0); }), "");
  EXPECT_EQ(after([](Vg& vg) {
              vg.lvs[1].segments.clear();
              vg.lvs.pop_back();
            }),
            "Logical volume \"vg/b\" has no segments.");
}

TEST(UnitInvariants, AreasLieInsideTheirVolumes) {
  EXPECT_NE(after([](Vg& vg) { body(vg, 1, 0).areas[0] = on_pv(1, 15); }), "") << "one extent too far";
  EXPECT_NE(after([](Vg& vg) { body(vg, 1, 0).areas[0] = on_pv(3, 0); }), "") << "no such PV";
  EXPECT_NE(after([](Vg& vg) { body(vg, 2, 0).areas[0] = on_lv(2, 1); }), "");
  EXPECT_NE(after([](Vg& vg) { body(vg, 2, 0).areas[0] = on_lv(9, 0); }), "");
  EXPECT_NE(after([](Vg& vg) { body(vg, 1, 0).areas[0] = PvArea{id<PvId>(1), Extents(~0ull)}; }), "");
}

TEST(UnitInvariants, NoExtentBelongsToTwo) {
  EXPECT_EQ(after([](Vg& vg) { body(vg, 0, 1).areas[0] = on_pv(1, 9); }),
            "Extent 9 of physical volume 000000-0000-0000-0000-0000-0000-000001 belongs to \"a\" and to \"a\" in the "
            "volume group \"vg\".");
  EXPECT_NE(after([](Vg& vg) { body(vg, 0, 1).areas[1] = on_pv(1, 12); }), "");
}

TEST(UnitInvariants, StripesAreWhole) {
  EXPECT_EQ(after([](Vg& vg) { vg.lvs[0].segments[1].count = Extents(7); }),
            "The segment 2 of logical volume \"vg/a\" holds 7 extents, which do not divide by its 2 stripes.");
  EXPECT_NE(after([](Vg& vg) { body(vg, 0, 0).areas.clear(); }), "");
  EXPECT_NE(after([](Vg& vg) { body(vg, 0, 1).stripe_size = Sectors(0); }), "");
}

TEST(UnitInvariants, AnLvHasOneUserUnlessItMovesExtents) {
  auto second_user = [](Vg& vg) { vg.lvs.push_back(testing::lv(4, "other", {striped(0, 3, {on_lv(2, 0)})})); };
  EXPECT_EQ(after(second_user), "Logical volume \"vg/b\" is part of both \"top\" and \"other\".");
  EXPECT_EQ(after([&](Vg& vg) {
              second_user(vg);
              vg.lvs[1].flags.set(LvFlag::pvmove);
            }),
            "");
}

TEST(UnitInvariants, NoLvContainsItself) {
  EXPECT_NE(after([](Vg& vg) { body(vg, 1, 0).areas[0] = on_lv(2, 0); }), "");
  EXPECT_EQ(after([](Vg& vg) { body(vg, 1, 0).areas[0] = on_lv(3, 0); }), "Logical volume \"vg/b\" contains itself.");
}

// Deeper than any stack.
TEST(UnitInvariants, DeepNestingIsWalked) {
  Vg vg = testing::vg(1);
  vg.lvs.push_back(testing::lv(1, "lv1", {striped(0, 1, {on_pv(1, 0)})}));
  constexpr unsigned kDepth = 200000;
  for (unsigned i = 2; i <= kDepth; ++i)
    vg.lvs.push_back(testing::lv(i, "lv" + std::to_string(i), {striped(0, 1, {on_lv(i - 1, 0)})}));
  EXPECT_TRUE(check(vg));
  body(vg, 0, 0).areas[0] = on_lv(kDepth, 0);
  EXPECT_FALSE(check(vg));
}

TEST(UnitInvariants, ExtentsFitThirtyTwoBits) {
  EXPECT_NE(after([](Vg& vg) { vg.pvs[0].pe_count = Extents(0xffffffff); }), "");
  EXPECT_NE(after([](Vg& vg) {
              vg.pvs[0].pe_count = Extents(0xf0000000);
              vg.pvs[1].pe_count = Extents(0x0fffffff);
            }),
            "");
  auto zeros = [](std::uint64_t start, std::uint64_t count) {
    return Segment{Extents(start), Extents(count), {}, ZeroSegment{}, {}};
  };
  EXPECT_EQ(after([&](Vg& vg) { vg.lvs.push_back(testing::lv(4, "z", {zeros(0, 0xfffffffe)})); }), "");
  EXPECT_NE(after([&](Vg& vg) { vg.lvs.push_back(testing::lv(4, "z", {zeros(0, 0xfffffffe), zeros(0xfffffffe, 1)})); }),
            "");
}

TEST(UnitInvariants, UnknownSegmentsTakeNoPart) {
  EXPECT_EQ(after([](Vg& vg) {
              Segment unknown{Extents(0), Extents(50), {}, UnknownSegment{"warp", "", {on_pv(1, 0), on_pv(1, 99)}}, {}};
              vg.lvs.push_back(testing::lv(4, "u", {unknown}));
            }),
            "");
}

TEST(UnitInvariants, LimitsAreForCommands) {
  Vg vg = good();
  EXPECT_TRUE(check_limits(vg));
  vg.max_lv = 2;
  EXPECT_TRUE(check(vg));
  EXPECT_EQ(check_limits(vg).error().code(), Code::refused);
  vg.lvs[1].flags.clear(LvFlag::visible);
  EXPECT_TRUE(check_limits(vg)) << "hidden LVs do not count";
  vg.max_pv = 1;
  EXPECT_FALSE(check_limits(vg));
}

TEST(UnitInvariants, ExtentSizes) {
  for (std::uint64_t good_size : {1ull, 2ull, 8192ull, 256ull * 3, 1ull << 31})
    EXPECT_TRUE(check_extent_size(Sectors(good_size)));
  for (std::uint64_t bad_size : {0ull, 3ull, 8191ull, 257ull, 1ull << 32})
    EXPECT_FALSE(check_extent_size(Sectors(bad_size)));
}

}  // namespace
}  // namespace lvm::model
