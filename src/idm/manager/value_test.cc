// SPDX-License-Identifier: LGPL-2.1-or-later
// Lock values: what a client was told to be stored is what every later reader finds, or "unknown".
#include <gtest/gtest.h>

#include "idm/manager/testing/rig.h"

namespace lvm::idm {
namespace {

using testing::kLease;
using testing::kSecond;
using testing::Rig;
using testing::RigHost;
using testing::value_of;
using testing::vg_lock;

// Seed 76474 of the simulation: one of three drives was away all the time, another no more when the lock was released.
// The first had nothing to give back, and was counted as one that had stored the value.
TEST(UnitIdmValue, a_value_that_only_a_minority_of_the_drives_stored_is_not_confirmed) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  a.link(1).cut = true;
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.write_value(vg_lock(), 1);
  a.link(2).silent = true;
  EXPECT_EQ(a.unlock(vg_lock()).failure, Failure::io);
  // Its lease ends; without the one drive that has the value nobody can know of it.
  rig.run_for(2 * kLease);
  b.link(0).cut = true;
  ASSERT_EQ(b.lock(vg_lock(), Mode::shared, rig.all()).failure, Failure::none);
  EXPECT_EQ(b.read_value(vg_lock()).lvb, kUnknownLvb);
}

TEST(UnitIdmValue, a_value_that_a_majority_stored_is_confirmed_and_found_by_every_majority) {
  for (int away = 0; away < 3; ++away)
    for (int absent = 0; absent < 3; ++absent) {
      Rig rig(3);
      RigHost& a = rig.host("a");
      RigHost& b = rig.host("b");
      a.link(static_cast<std::size_t>(away)).cut = true;
      ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
      a.write_value(vg_lock(), 7);
      ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
      b.link(static_cast<std::size_t>(absent)).cut = true;
      ASSERT_EQ(b.lock(vg_lock(), Mode::shared, rig.all()).failure, Failure::none);
      const auto value = b.read_value(vg_lock()).lvb;
      EXPECT_TRUE(value == value_of(7) || value == kUnknownLvb) << away << " " << absent;
      EXPECT_TRUE(value == value_of(7) || away != absent);
    }
}

// Found by the simulation: a host that asks the drives of yesterday reads their value, goes on to those of today, and
// stored what it had read.
TEST(UnitIdmValue, who_follows_to_other_drives_brings_no_value_along) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  const Placement old = rig.on({0}), now = rig.on({1, 2});
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, old).failure, Failure::none);
  a.write_value(vg_lock(), 13);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, now).failure, Failure::none);
  a.write_value(vg_lock(), 16);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(b.lock(vg_lock(), Mode::exclusive, old).failure, Failure::none);
  EXPECT_EQ(b.read_value(vg_lock()).lvb, value_of(13));
  ASSERT_EQ(b.place(vg_lock(), now).failure, Failure::none);
  EXPECT_EQ(b.read_value(vg_lock()).lvb, value_of(16));
  ASSERT_EQ(b.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(a.lock(vg_lock(), Mode::shared, now).failure, Failure::none);
  EXPECT_EQ(a.read_value(vg_lock()).lvb, value_of(16));
}

// Seed 10117088: a request to lock one drive was on its way for long. It ran behind others who had the lock meanwhile
// and stored a newer value, and made a record, which the unlock of the first, also late, met with the old value.
TEST(UnitIdmValue, an_unlock_that_meets_the_record_of_a_late_request_stores_nothing) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  a.link(1).request_latency = 20 * kSecond;
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.write_value(vg_lock(), 7);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  b.link(2).cut = true;
  ASSERT_EQ(b.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  b.write_value(vg_lock(), 9);
  ASSERT_EQ(b.unlock(vg_lock()).failure, Failure::none);
  rig.run_for(2 * kLease);
  b.link(2).cut = false;
  b.link(0).cut = true;
  ASSERT_EQ(b.lock(vg_lock(), Mode::shared, rig.all()).failure, Failure::none);
  const auto value = b.read_value(vg_lock()).lvb;
  EXPECT_TRUE(value == value_of(9) || value == kUnknownLvb);
}

// Whoever had it meanwhile may have stored a newer one.
TEST(UnitIdmValue, who_lost_the_lock_stores_no_value) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.write_value(vg_lock(), 4);
  a.cut_all(true);
  rig.run_for(2 * kLease);
  b.link(2).cut = true;
  ASSERT_EQ(b.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  b.write_value(vg_lock(), 5);
  ASSERT_EQ(b.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(a.find(vg_lock())->state(), Lock::State::lost);
  a.cut_all(false);
  a.unlock(vg_lock());
  rig.run_for(kSecond);
  for (const auto& drive : rig.drives)
    for (const Record& record : drive->records(rig.timers.now())) EXPECT_NE(record.lvb[0], 4);
}

}  // namespace
}  // namespace lvm::idm
