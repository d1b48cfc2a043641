// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scan/claims.h"

#include <gtest/gtest.h>

#include "model/invariants.h"
#include "model/testing.h"

namespace lvm::scan {
namespace {

using model::Vg;
using model::testing::id;
using model::testing::on_pv;
using model::testing::striped;

// Three PVs with a volume on each.
Vg three() {
  Vg vg = model::testing::vg(3);
  for (unsigned i = 1; i <= 3; ++i)
    vg.lvs.push_back(model::testing::lv(i, std::string(1, static_cast<char>('a' + i)), {striped(0, 5, {on_pv(i, 0)})}));
  return vg;
}
// The last `count` PVs of it and what lies on them, as another VG.
Vg last(std::size_t count) {
  Vg vg = three();
  vg.id = id<VgId>(77);
  vg.name = "other";
  vg.pvs.erase(vg.pvs.begin(), vg.pvs.end() - static_cast<std::ptrdiff_t>(count));
  vg.lvs.erase(vg.lvs.begin(), vg.lvs.end() - static_cast<std::ptrdiff_t>(count));
  return vg;
}
Vg exported(Vg vg) {
  vg.flags.set(model::VgFlag::exported);
  return vg;
}

TEST(UnitScanClaims, TheExportedHalfOfASplitHasItsPvs) {
  Vg whole = three(), half = exported(last(2));
  EXPECT_EQ(settle(whole, true, half, true), Claim::theirs);
  EXPECT_EQ(settle(half, true, whole, true), Claim::ours);
  EXPECT_EQ(settle(whole, true, half, false), Claim::ours) << "its text is elsewhere: these PVs were not handed over";
  let_go(whole, half);
  EXPECT_EQ(whole.pvs.size(), 1u);
  ASSERT_EQ(whole.lvs.size(), 1u);
  EXPECT_EQ(whole.lvs[0].name, "b");
  EXPECT_TRUE(model::check(whole));
}

TEST(UnitScanClaims, NothingIsLeftOfAVgThatWasSplitOffWhole) {
  EXPECT_EQ(settle(three(), true, exported(last(3)), true), Claim::superseded);
}

TEST(UnitScanClaims, AMergedVgIsGoneOnceTheOtherTextIsOnItsPvs) {
  Vg whole = three(), part = last(2);
  EXPECT_EQ(settle(whole, true, part, true), Claim::ours);
  EXPECT_EQ(settle(part, true, whole, true), Claim::superseded);
  // A disk of the whole comes back with a text from before the part was split off.
  EXPECT_EQ(settle(whole, false, part, true), Claim::theirs);
  EXPECT_EQ(settle(part, true, whole, false), Claim::ours);
  EXPECT_EQ(settle(whole, false, part, false), Claim::unsettled) << "no PV has a text: nothing tells";
}

TEST(UnitScanClaims, OfTwoIdsOfOneVgTheLaterIsRight) {
  Vg before = three(), after = last(3);
  after.seqno = before.seqno + 1;
  EXPECT_EQ(settle(before, true, after, true), Claim::superseded);
  EXPECT_EQ(settle(after, true, before, true), Claim::ours);
  EXPECT_EQ(settle(exported(before), true, exported(after), true), Claim::superseded);
}

TEST(UnitScanClaims, VolumesThatOnlyOneKnowsAreNotLost) {
  Vg whole = three(), half = exported(last(2));
  half.lvs.pop_back();
  EXPECT_EQ(settle(whole, true, half, true), Claim::unsettled);
  whole = three();
  half = exported(last(2));
  half.lvs[0].id = id<LvId>(9);
  EXPECT_EQ(settle(whole, true, half, true), Claim::unsettled);
  EXPECT_EQ(settle(half, true, whole, true), Claim::unsettled);
}

TEST(UnitScanClaims, TheSpareOfPoolsNeedNotMove) {
  Vg whole = three(), half = exported(last(2));
  whole.lvs.push_back(model::testing::lv(8, "lvol0_pmspare", {striped(0, 2, {on_pv(3, 20)})}));
  whole.lvs.back().flags.clear(model::LvFlag::visible);
  ASSERT_EQ(settle(whole, true, half, true), Claim::theirs);
  let_go(whole, half);
  EXPECT_TRUE(model::check(whole));
}

}  // namespace
}  // namespace lvm::scan
