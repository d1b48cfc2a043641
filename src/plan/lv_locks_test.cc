// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/lv_locks.h"

#include <gtest/gtest.h>

#include "plan/lv_change.h"
#include "plan/lv_create.h"
#include "plan/lv_remove.h"
#include "plan/shared_vg.h"
#include "plan/testing/world_builder.h"

namespace lvm::plan {
namespace {

using testing::WorldBuilder;

class UnitLvLocks : public ::testing::Test {
 protected:
  UnitLvLocks() {
    b.pv("/dev/sda", 100).vg("vg", {"/dev/sda"}).linear("a", "/dev/sda", 0, 5).linear("b", "/dev/sda", 5, 5);
    b.edit().lock_type = "dlm";
    b.edit().lock_args = "1.0.0:test";
    for (model::Lv& lv : b.edit().lvs) lv.lock_args = std::string("dlm");
  }
  WorldBuilder b;
};

TEST_F(UnitLvLocks, ActivationLocksTheVolume) {
  LvActivateRequest request;
  request.lvs = {b.lv("a")};
  auto plan = lv_activate(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan) << plan.error().text();
  const LvLocks locks = lv_locks(*plan);
  EXPECT_EQ(locks.activated, std::vector{b.lv("a")});
  EXPECT_TRUE(locks.touched.empty() && locks.made.empty() && locks.freed.empty());
}

TEST_F(UnitLvLocks, ANewVolumeGetsALockThatIsInItsMetadata) {
  LvCreateRequest request;
  request.name = "new";
  request.size.value = 2;
  request.size.unit = LvSize::Unit::extents;
  auto plan = lv_create(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan) << plan.error().text();
  const LvLocks locks = lv_locks(*plan);
  ASSERT_EQ(locks.made.size(), 1u);
  EXPECT_EQ(locks.activated, locks.made);
  const step::Plan with = with_lock_args(*plan, {{locks.made.front(), "dlm"}});
  EXPECT_EQ(with.stages.back().after->find_lv("new")->lock_args, "dlm");
  EXPECT_EQ(with.stages.front().before, plan->stages.front().before) << "what is on disk stays as it is";
  EXPECT_TRUE(lv_locks(with).made.empty());
}

TEST_F(UnitLvLocks, ARemovedVolumeIsLockedAndItsLockFreed) {
  auto plan = lv_remove(b.context(), b.view("vg"), {{b.lv("b")}, true, true});
  ASSERT_TRUE(plan) << plan.error().text();
  const LvLocks locks = lv_locks(*plan);
  EXPECT_EQ(locks.touched, std::vector{b.lv("b")});
  ASSERT_EQ(locks.freed.size(), 1u);
  EXPECT_EQ(locks.freed.front().name, "b");
}

TEST_F(UnitLvLocks, AChangedVolumeIsLockedWhileItChanges) {
  LvChangeRequest request{b.lv("a"), {}, false};
  request.attributes.add_tags = {"t"};
  auto plan = lv_change(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan);
  EXPECT_EQ(lv_locks(*plan).touched, std::vector{b.lv("a")});
}

TEST_F(UnitLvLocks, StagesOfWhatCouldNotBeLockedAreDropped) {
  LvActivateRequest request;
  request.lvs = {b.lv("a"), b.lv("b")};
  auto plan = lv_activate(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan);
  const std::size_t before = plan->stages.size();
  drop_stages_of(*plan, {b.lv("a")});
  EXPECT_EQ(plan->stages.size(), before - 1);
  EXPECT_EQ(lv_locks(*plan).activated, std::vector{b.lv("b")});
}

// Who holds the lock of what, in a VG with kinds that stand on one another.
TEST(UnitLockHolders, OwnersPoolsAndOrigins) {
  WorldBuilder b;
  b.pv("/dev/sda", 100).vg("vg", {"/dev/sda"});
  b.linear("pool_tdata", "/dev/sda", 0, 5).linear("pool_tmeta", "/dev/sda", 5, 1);
  b.linear("lvol0_pmspare", "/dev/sda", 6, 1).linear("lvmlock", "/dev/sda", 7, 4).linear("plain", "/dev/sda", 20, 4);
  const LvId data = b.lv("pool_tdata"), meta = b.lv("pool_tmeta");
  model::Vg vg = b.edit();
  for (const char* hidden : {"pool_tdata", "pool_tmeta", "lvol0_pmspare", "lvmlock"})
    vg.find_lv(hidden)->flags.clear(model::LvFlag::visible);
  auto add = [&](const char* name, model::SegmentBody body, char digit) {
    model::Lv lv = *vg.find_lv("plain");
    lv.name = name;
    lv.id.uuid.chars[0] = digit;
    lv.segments = {{Extents(), Extents(4), {}, std::move(body), {}, {}}};
    vg.lvs.push_back(lv);
    return lv.id;
  };
  model::ThinPool pool;
  pool.data = data;
  pool.metadata = meta;
  const LvId pool_id = add("pool", pool, 'Y');
  model::Thin thin;
  thin.pool = pool_id;
  add("thin", thin, 'Z');
  const LockHolders holders(vg);
  auto holder = [&](const char* name) {
    const model::Lv* lv = holders.of(*vg.find_lv(name));
    return lv ? lv->name : std::string("none");
  };
  EXPECT_EQ(holder("plain"), "plain");
  EXPECT_EQ(holder("thin"), "pool");
  EXPECT_EQ(holder("pool_tdata"), "pool");
  EXPECT_EQ(holder("pool_tmeta"), "pool");
  EXPECT_EQ(holder("pool"), "pool");
  EXPECT_EQ(holder("lvol0_pmspare"), "none");
  EXPECT_EQ(holder("lvmlock"), "none");
  EXPECT_TRUE(holders.may_be_shared(*vg.find_lv("plain")));
  EXPECT_FALSE(holders.may_be_shared(*vg.find_lv("pool")));
  EXPECT_FALSE(holders.may_be_shared(*vg.find_lv("thin")));
}

TEST(UnitSharedVg, LocksAreSetAndTakenAway) {
  WorldBuilder b;
  b.pv("/dev/sda", 100).vg("vg", {"/dev/sda"}).linear("a", "/dev/sda", 0, 5);
  VgLockRequest request{"dlm", "1.0.0:c", {{b.lv("a"), "dlm"}}};
  auto plan = vg_set_lock(b.context(), b.view("vg"), request);
  ASSERT_TRUE(plan) << plan.error().text();
  const model::Vg& after = *plan->stages.back().after;
  EXPECT_EQ(after.lock_type, "dlm");
  EXPECT_EQ(after.lock_args, "1.0.0:c");
  EXPECT_EQ(after.find_lv("a")->lock_args, "dlm");
  EXPECT_TRUE(after.system_id.empty());
  EXPECT_TRUE(after.shared());
}

TEST(UnitSharedVg, TheLeaseVolumeIsHiddenAndGoesWithTheLockType) {
  WorldBuilder b;
  b.pv("/dev/sda", 100).vg("vg", {"/dev/sda"}).linear("a", "/dev/sda", 0, 5);
  auto plan = lease_volume_create(b.context(), b.view("vg"), Bytes(64 << 20));
  ASSERT_TRUE(plan) << plan.error().text();
  const model::Vg& made = *plan->stages.back().after;
  const model::Lv* leases = lease_volume(made);
  ASSERT_NE(leases, nullptr);
  EXPECT_EQ(leases->extents(), Extents(16));
  EXPECT_FALSE(LockHolders(made).has_lock(*leases));
  world::VgView view = b.view("vg");
  view.vg = plan->stages.back().after;
  auto none = vg_set_lock(b.context(), view, {});
  ASSERT_TRUE(none);
  EXPECT_EQ(lease_volume(*none->stages.back().after), nullptr);
}

}  // namespace
}  // namespace lvm::plan
