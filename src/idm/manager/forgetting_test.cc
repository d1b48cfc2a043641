// SPDX-License-Identifier: LGPL-2.1-or-later
// Drives that forget their mutexes: how many may is part of the promise, docs/idm.md.
#include <gtest/gtest.h>

#include <bit>

#include "idm/manager/quorum.h"
#include "idm/manager/testing/rig.h"

namespace lvm::idm {
namespace {

using testing::kLease;
using testing::kSecond;
using testing::lv_lock;
using testing::Rig;
using testing::RigHost;
using testing::value_of;
using testing::vg_lock;

void forget(Rig& rig, unsigned drives) {
  for (std::size_t i = 0; i < rig.drives.size(); ++i)
    if ((drives >> i & 1) != 0) rig.drives[i]->drop_records();
}

TEST(UnitIdmForgetting, a_lock_on_all_drives_survives_what_is_promised_and_no_more) {
  for (unsigned count = 1; count <= 5; ++count)
    for (unsigned drives = 1; drives < 1u << count; ++drives) {
      Rig rig(count);
      RigHost& a = rig.host("a");
      RigHost& b = rig.host("b");
      ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
      rig.run_for(kSecond / 100);  // the last drives' answers
      const std::size_t spare = a.find(lv_lock())->spare(rig.timers.now());
      ASSERT_EQ(spare, count / 2);
      forget(rig, drives);
      const bool promised = static_cast<std::size_t>(std::popcount(drives)) <= spare;
      const Answer answer = b.lock(lv_lock(), Mode::exclusive, rig.all());
      EXPECT_EQ(answer.failure, promised ? Failure::contended : Failure::none) << count << " drives, " << drives;
      if (!promised) continue;
      // The holder's next renewal mends it.
      rig.run_for(kLease / 3);
      ASSERT_EQ(a.find(lv_lock())->state(), Lock::State::held);
      EXPECT_EQ(a.find(lv_lock())->spare(rig.timers.now()), count / 2);
    }
}

TEST(UnitIdmForgetting, each_drive_that_is_away_is_one_less_that_may_forget) {
  for (unsigned count = 2; count <= 5; ++count)
    for (unsigned away = 0; away <= (count - 1) / 2; ++away) {
      Rig rig(count);
      RigHost& a = rig.host("a");
      RigHost& b = rig.host("b");
      for (unsigned i = 0; i < away; ++i) a.link(i).cut = true;
      ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
      rig.run_for(kSecond / 100);  // the last drives' answers
      const std::size_t spare = a.find(lv_lock())->spare(rig.timers.now());
      EXPECT_EQ(spare, count / 2 - away);
      for (std::size_t i = 0; i < spare; ++i) rig.drives[count - 1 - i]->drop_records();
      EXPECT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::contended) << count << " " << away;
    }
}

// A renewal of the time when the lock was shared may run in the time of the next lock manager.
TEST(UnitIdmForgetting, what_a_late_renewal_may_share_is_known_to_the_next_lock_manager) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  ASSERT_EQ(a.lock(lv_lock(), Mode::shared, rig.all()).failure, Failure::none);
  a.link(2).lose_reply = Link::kCertain;
  rig.run_for(kLease / 3);
  a.link(2).lose_reply = 0;
  ASSERT_EQ(a.convert(lv_lock(), Mode::exclusive).failure, Failure::none);
  rig.run_for(kLease);
  a.restart();
  rig.run_for(2 * kSecond);
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  const auto drives = a.find(lv_lock())->drives();
  EXPECT_TRUE(drives[0].votes && drives[1].votes);
  EXPECT_TRUE(drives[2].exclusive);
  EXPECT_FALSE(drives[2].votes);
}

// Seeds 32469, 58433 and 85855 of the simulation: promoted by a majority while another sharer still stood on the third
// drive. That drive's record is no exclusive vote, so none of the others may forget.
TEST(UnitIdmForgetting, a_sharers_record_is_no_vote_of_an_exclusive_lock) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(lv_lock(), Mode::shared, rig.all()).failure, Failure::none);
  ASSERT_EQ(b.lock(lv_lock(), Mode::shared, rig.all()).failure, Failure::none);
  b.link(0).cut = true;  // B's record stays there
  ASSERT_EQ(b.unlock(lv_lock()).failure, Failure::none);
  ASSERT_EQ(a.convert(lv_lock(), Mode::exclusive).failure, Failure::none);
  EXPECT_EQ(a.find(lv_lock())->spare(rig.timers.now()), 0u);
  const auto drives = a.find(lv_lock())->drives();
  EXPECT_TRUE(drives[0].held);
  EXPECT_FALSE(drives[0].votes);
  EXPECT_TRUE(drives[1].votes && drives[2].votes);
  // B's unlock arrives at last: within seconds, not at the next renewal, the lock is as strong as it can be.
  b.link(0).cut = false;
  rig.run_for(3 * kSecond);
  EXPECT_EQ(a.find(lv_lock())->spare(rig.timers.now()), 1u);
  rig.drives[1]->drop_records();
  EXPECT_EQ(b.lock(lv_lock(), Mode::shared, rig.all()).failure, Failure::contended);
}

TEST(UnitIdmForgetting, a_lock_won_by_a_bare_majority_soon_has_all_drives) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  // B asks first and gets one drive; A gets the others.
  b.link(1).cut = b.link(2).cut = true;
  b.manager->acquire(rig.timers.now(), ++b.last_request, b.space, lv_lock(), Mode::exclusive, rig.all(), kLease,
                     Time{0});
  b.pump();
  rig.run_for(std::chrono::microseconds(150));
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  rig.run_for(2 * kSecond);
  EXPECT_EQ(a.find(lv_lock())->spare(rig.timers.now()), 1u);
}

TEST(UnitIdmForgetting, a_holder_with_too_few_drives_left_is_fenced_at_its_next_renewal) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  forget(rig, 3);
  rig.run_for(kLease / 5);
  EXPECT_EQ(a.find(lv_lock())->state(), Lock::State::lost);
  ASSERT_FALSE(a.fenced.empty());
  EXPECT_LE(a.manager->safe_until(rig.timers.now()), rig.timers.now()) << "the watchdog strikes";
}

TEST(UnitIdmForgetting, a_value_survives_as_many_as_a_lock) {
  for (unsigned count = 2; count <= 5; ++count)
    for (unsigned drives = 1; drives < 1u << count; ++drives) {
      if (static_cast<std::size_t>(std::popcount(drives)) > count - keeping(count)) continue;
      Rig rig(count);
      RigHost& a = rig.host("a");
      RigHost& b = rig.host("b");
      ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
      a.write_value(vg_lock(), 5);
      ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
      forget(rig, drives);
      ASSERT_EQ(b.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
      const auto value = b.read_value(vg_lock()).lvb;
      const bool known = count - static_cast<std::size_t>(std::popcount(drives)) >= majority(count);
      EXPECT_EQ(value, known ? value_of(5) : kUnknownLvb) << count << " drives, " << drives;
    }
}

// Seed 80576005 of the simulation: one of three drives had forgotten, which its holder did not know yet; to store the
// value for a new placement it gave up another for a moment.
TEST(UnitIdmForgetting, a_drive_that_had_forgotten_is_not_counted_on_while_a_value_is_stored) {
  for (int step = 0; step < 40; ++step) {
    Rig rig(4);
    RigHost& a = rig.host("a");
    RigHost& b = rig.host("b");
    ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.on({0, 1, 2})).failure, Failure::none);
    rig.drives[2]->drop_records();
    // Of the drives that stay, one answers before the forgetful one does.
    a.link(2).request_latency = std::chrono::milliseconds(1);
    a.manager->place(rig.timers.now(), ++a.last_request, a.space, vg_lock(), rig.joint({0, 1, 2}, {0, 1, 3}, 2),
                     kSecond);
    a.pump();
    rig.run_for(step * std::chrono::microseconds(50));
    EXPECT_EQ(b.lock(vg_lock(), Mode::shared, rig.on({0, 1, 2})).failure, Failure::contended) << step;
    rig.run_for(kSecond);
    EXPECT_EQ(a.find(vg_lock())->state(), Lock::State::held) << step;
  }
}

}  // namespace
}  // namespace lvm::idm
