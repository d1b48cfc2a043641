// SPDX-License-Identifier: LGPL-2.1-or-later
// A test for each fault of docs/idm.md, by its number, as far as the lock manager's core answers it.
#include <gtest/gtest.h>

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

TEST(UnitIdmFaults, fault_01_hosts_with_old_and_new_drive_sets_never_both_win) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  // A holds the LV on one drive. The VG grows; while the change is on, both sets vote.
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.on({0})).failure, Failure::none);
  EXPECT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.joint({0}, {0, 1, 2}, 2)).failure, Failure::contended);
  // The canary: without the joint vote B would win on the two drives that A does not know.
  b.link(0).cut = true;
  EXPECT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.on({0, 1, 2}, 2)).failure, Failure::none);
  ASSERT_EQ(b.unlock(lv_lock()).failure, Failure::none);
  // A moves over; from then on the new set alone is enough.
  ASSERT_EQ(a.place(lv_lock(), rig.joint({0}, {0, 1, 2}, 2)).failure, Failure::none);
  ASSERT_EQ(a.place(lv_lock(), rig.on({0, 1, 2}, 3)).failure, Failure::none);
  EXPECT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.on({0, 1, 2}, 3)).failure, Failure::contended);
  ASSERT_EQ(a.unlock(lv_lock()).failure, Failure::none);
  EXPECT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.on({0, 1, 2}, 3)).failure, Failure::none);
}

TEST(UnitIdmFaults, fault_01_a_holder_of_another_drive_set_is_visible) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.on({0}, 7)).failure, Failure::none);
  const Answer answer = b.query(Query::Kind::holders, lv_lock(), rig.on({0, 1, 2}, 8));
  ASSERT_EQ(answer.holders.size(), 1u);
  EXPECT_EQ(answer.holders[0].generation, 7u);
  EXPECT_EQ(answer.holders[0].voters, 1u);
}

TEST(UnitIdmFaults, fault_02_missing_members_count_as_absent_votes) {
  Rig rig(4);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  EXPECT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.on({0, 1, -1, -1})).failure, Failure::too_few_drives);
  EXPECT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.on({0, 1, 2, -1})).failure, Failure::none);
  EXPECT_EQ(b.lock(vg_lock(), Mode::exclusive, rig.on({-1, 1, 2, 3})).failure, Failure::contended);
}

TEST(UnitIdmFaults, fault_03_a_crashed_client_or_lock_manager_frees_nothing) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.manager->orphan_space(rig.timers.now(), a.space);
  a.pump();
  rig.run_for(3 * kLease);
  EXPECT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::contended);
  a.restart();
  rig.run_for(3 * kLease);
  EXPECT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::contended);
  // The next client takes it over, in the mode it wants.
  EXPECT_EQ(a.lock(lv_lock(), Mode::shared, rig.all()).failure, Failure::none);
  EXPECT_EQ(b.lock(lv_lock(), Mode::shared, rig.all()).failure, Failure::none);
}

TEST(UnitIdmFaults, fault_04_a_lease_lost_and_won_again_is_lost) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.cut_all(true);
  rig.run_for(kLease + kSecond);
  ASSERT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.all(), 5 * kSecond).failure, Failure::none);
  ASSERT_EQ(b.unlock(lv_lock()).failure, Failure::none);
  a.cut_all(false);
  rig.run_for(2 * kLease);
  ASSERT_NE(a.find(lv_lock()), nullptr);
  EXPECT_EQ(a.find(lv_lock())->state(), Lock::State::lost);
  EXPECT_EQ(a.convert(lv_lock(), Mode::shared).failure, Failure::expired);
  EXPECT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none) << "it was asked for again";
}

TEST(UnitIdmFaults, fault_04_after_a_restart_only_records_that_never_went_are_adopted) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  rig.drives[0]->drop_records();
  rig.drives[1]->drop_records();
  a.restart();
  rig.run_for(2 * kSecond);
  EXPECT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::expired);
}

TEST(UnitIdmFaults, fault_05_a_lease_counts_from_before_the_command) {
  Rig rig(1);
  RigHost& a = rig.host("a");
  rig.drives[0]->faults.reply_delay = 4 * kSecond;
  const Time before = rig.timers.now();
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  EXPECT_GE(rig.timers.now(), before + 4 * kSecond);
  EXPECT_LT(a.find(lv_lock())->deadline(), before + kLease);
}

TEST(UnitIdmFaults, fault_06_fencing_scales_with_the_lease_and_escalates_until_it_is_verified) {
  Rig rig(1);
  RigHost& a = rig.host("a");
  const Time lease = 10 * kSecond;
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all(), Time{0}, lease).failure, Failure::none);
  a.cut_all(true);
  rig.run_for(lease * 6 / 10);
  EXPECT_TRUE(a.fenced.empty());
  rig.run_for(lease * 22 / 100);
  EXPECT_EQ(a.fenced, std::vector{FenceStage::kill_path});
  EXPECT_EQ(a.lock(lv_lock('m'), Mode::exclusive, rig.all()).failure, Failure::fenced);
  rig.run_for(lease * 3 / 10);
  EXPECT_EQ(a.fenced,
            (std::vector{FenceStage::kill_path, FenceStage::signal, FenceStage::sigkill, FenceStage::hopeless}));
  // Nobody feeds the watchdog of a machine whose lock is gone.
  EXPECT_LE(a.manager->safe_until(rig.timers.now()), rig.timers.now());
  a.cut_all(false);
  // The client lets go: that is what verifies it.
  a.unlock(lv_lock());
  EXPECT_EQ(a.manager->safe_until(rig.timers.now()), Time::max());
  EXPECT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all(), 5 * kSecond).failure, Failure::none);
}

TEST(UnitIdmFaults, fault_06_fencing_stops_where_the_client_obeys) {
  Rig rig(1);
  RigHost& a = rig.host("a");
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all(), Time{0}, 10 * kSecond).failure, Failure::none);
  a.cut_all(true);
  rig.run_for(8200 * kSecond / 1000);
  ASSERT_EQ(a.fenced, std::vector{FenceStage::kill_path});
  a.unlock(lv_lock());
  rig.run_for(kLease);
  EXPECT_EQ(a.fenced, std::vector{FenceStage::kill_path});
}

TEST(UnitIdmFaults, fault_07_unlock_writes_a_value_only_when_the_client_set_one) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.write_value(vg_lock(), 1234);
  // A round that fails on contention must not store anything either.
  EXPECT_EQ(b.lock(vg_lock(), Mode::exclusive, rig.all(), kSecond).failure, Failure::contended);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(b.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
    EXPECT_EQ(b.read_value(vg_lock()).lvb, value_of(1234));
    ASSERT_EQ(b.unlock(vg_lock()).failure, Failure::none);
  }
}

TEST(UnitIdmFaults, fault_07_a_takeover_puts_the_value_back) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.write_value(vg_lock(), 77);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.cut_all(true);
  rig.run_for(kLease + kSecond);
  ASSERT_EQ(b.lock(vg_lock(), Mode::exclusive, rig.all(), 5 * kSecond).failure, Failure::none);
  EXPECT_EQ(b.read_value(vg_lock()).lvb, kUnknownLvb);
  ASSERT_EQ(b.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(b.lock(vg_lock(), Mode::shared, rig.all()).failure, Failure::none);
  EXPECT_EQ(b.read_value(vg_lock()).lvb, value_of(77));
}

TEST(UnitIdmFaults, fault_08_a_value_survives_unlocks_of_both_kinds) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.write_value(vg_lock(), 99);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  // These drives forget a mutex when its last sharer leaves.
  ASSERT_EQ(a.lock(vg_lock(), Mode::shared, rig.all()).failure, Failure::none);
  ASSERT_EQ(b.lock(vg_lock(), Mode::shared, rig.all()).failure, Failure::none);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(b.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(b.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  EXPECT_EQ(b.read_value(vg_lock()).lvb, value_of(99));
  EXPECT_EQ(rig.commands(Operation::destroy), 0u);
}

// Seeds 90939 and 95200 of the simulation: each saw the other, both unlocked as sharers, and the drives forgot the
// mutex with its value.
TEST(UnitIdmFaults, fault_08_a_value_survives_sharers_that_leave_at_the_same_moment) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  RigHost& c = rig.host("c");
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.write_value(vg_lock(), 99);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  for (int round = 0; round < 20; ++round) {
    for (RigHost* host : {&a, &b, &c})
      ASSERT_EQ(host->lock(vg_lock(), Mode::shared, rig.all()).failure, Failure::none) << host->name;
    for (RigHost* host : {&a, &b, &c}) {
      for (Link* link : host->links) link->jitter = kSecond / 2000;
      host->manager->release(rig.timers.now(), ++host->last_request, host->space, vg_lock());
    }
    for (RigHost* host : {&a, &b, &c}) ASSERT_EQ(host->wait_for(host->last_request).failure, Failure::none);
    for (const auto& drive : rig.drives) ASSERT_GE(drive->record_count(), 1u) << "forgotten in round " << round;
  }
  EXPECT_TRUE(c.query(Query::Kind::holders, vg_lock(), rig.all()).holders.empty());
  rig.run_for(kSecond / 100);
  ASSERT_EQ(c.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none) << "long before any lease ends";
  EXPECT_EQ(c.read_value(vg_lock()).lvb, value_of(99));
  ASSERT_EQ(c.unlock(vg_lock()).failure, Failure::none);
  for (const auto& drive : rig.drives) EXPECT_EQ(drive->record_count(), 1u) << "those who had left are dropped";
}

TEST(UnitIdmFaults, fault_08_a_value_survives_sharers_whose_last_command_runs_late) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.write_value(vg_lock(), 99);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(a.lock(vg_lock(), Mode::shared, rig.all()).failure, Failure::none);
  ASSERT_EQ(b.lock(vg_lock(), Mode::shared, rig.all()).failure, Failure::none);
  // What A sends from its second command on runs long after it was given up.
  a.manager->release(rig.timers.now(), ++a.last_request, a.space, vg_lock());
  const std::size_t sent = a.sent.size();
  while (a.sent.size() < sent + 3) ASSERT_TRUE(rig.timers.run_one());
  for (Link* link : a.links) link->request_latency = 20 * kSecond;
  rig.run_for(kSecond);
  ASSERT_EQ(b.unlock(vg_lock()).failure, Failure::none);
  rig.run_for(2 * kLease);
  ASSERT_EQ(b.lock(vg_lock(), Mode::shared, rig.all(), 5 * kSecond).failure, Failure::none);
  EXPECT_EQ(b.read_value(vg_lock()).lvb, value_of(99));
}

TEST(UnitIdmFaults, fault_08_a_value_survives_a_release_behind_a_demotion_that_was_never_answered) {
  Rig rig(1);
  RigHost& a = rig.host("a");
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.write_value(vg_lock(), 99);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  rig.drives[0]->faults.lose_replies = 1;
  a.manager->convert(rig.timers.now(), ++a.last_request, a.space, vg_lock(), Mode::shared);
  a.pump();
  rig.run_for(kSecond);
  // The drive has a sharer's record; the lock manager does not know that yet.
  a.unlock(vg_lock());
  rig.run_for(kLease);
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all(), 2 * kLease).failure, Failure::none);
  EXPECT_EQ(a.read_value(vg_lock()).lvb, value_of(99));
}

// Seed 76474: an exclusive request met the record that its host had left behind, and gave it back as a sharer.
TEST(UnitIdmFaults, fault_08_a_value_survives_a_request_that_meets_its_own_left_record) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(vg_lock(), Mode::shared, rig.all()).failure, Failure::none);
  ASSERT_EQ(b.lock(vg_lock(), Mode::shared, rig.all()).failure, Failure::none);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all(), kSecond / 2).failure, Failure::contended);
  for (const auto& [drive, command] : a.sent) {
    const auto* mutex = std::get_if<MutexCommand>(&command);
    EXPECT_FALSE(mutex && mutex->operation == Operation::unlock && mutex->record.lock_class == LockClass::shared);
  }
  ASSERT_EQ(b.unlock(vg_lock()).failure, Failure::none);
  EXPECT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all(), kSecond).failure, Failure::none);
}

TEST(UnitIdmFaults, fault_08_a_full_table_forgets_the_oldest_free_lv_and_no_value) {
  Rig rig(1);
  rig.drives[0] = std::make_shared<Drive>(DriveLimits{.records = 3});
  RigHost& a = rig.host("a");
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.write_value(vg_lock(), 5);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  for (char name : {'l', 'm', 'n', 'o', 'p'}) {
    ASSERT_EQ(a.lock(lv_lock(name), Mode::exclusive, rig.all()).failure, Failure::none) << name;
    ASSERT_EQ(a.unlock(lv_lock(name)).failure, Failure::none);
    rig.run_for(kSecond);
  }
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  EXPECT_EQ(a.read_value(vg_lock()).lvb, value_of(5));
  ASSERT_EQ(a.lock(lv_lock('q'), Mode::exclusive, rig.all()).failure, Failure::none);
  ASSERT_EQ(a.lock(lv_lock('r'), Mode::exclusive, rig.all()).failure, Failure::none);
  EXPECT_EQ(a.lock(lv_lock('s'), Mode::exclusive, rig.all()).failure, Failure::table_full);
}

TEST(UnitIdmFaults, fault_09_a_release_never_takes_the_lock_again) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(lv_lock(), Mode::shared, rig.all()).failure, Failure::none);
  ASSERT_EQ(b.lock(lv_lock(), Mode::shared, rig.all()).failure, Failure::none);
  b.cut_all(true);
  rig.run_for(kLease + kSecond);
  // The other sharer is expired: upstream's clean-up took the mutex from it here.
  ASSERT_EQ(a.unlock(lv_lock()).failure, Failure::none);
  rig.run_for(kSecond);
  EXPECT_EQ(rig.commands(Operation::break_lock), 0u);
  for (const auto& drive : rig.drives)
    for (const Record& record : drive->records(rig.timers.now())) EXPECT_NE(record.host, a.manager->host_of(a.space));
}

TEST(UnitIdmFaults, fault_10_a_break_that_fails_leaves_the_value_alone) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.write_value(vg_lock(), 8);
  EXPECT_EQ(b.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::contended);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(b.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  EXPECT_EQ(b.read_value(vg_lock()).lvb, value_of(8));
}

TEST(UnitIdmFaults, fault_11_an_unlock_that_fails_is_repeated_until_it_is_done) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.cut_all(true);
  EXPECT_EQ(a.unlock(lv_lock()).failure, Failure::io);
  EXPECT_EQ(a.find(lv_lock()), nullptr) << "the client does not hold it any more";
  a.cut_all(false);
  rig.run_for(3 * kSecond);
  EXPECT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none) << "long before the lease ends";
}

TEST(UnitIdmFaults, fault_11_a_lost_unlock_does_not_hit_the_next_lock) {
  Rig rig(1);
  RigHost& a = rig.host("a");
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.link(0).request_latency = 20 * kSecond;  // it will run long after it was given up
  EXPECT_EQ(a.unlock(lv_lock()).failure, Failure::io);
  a.link(0).request_latency = std::chrono::microseconds(100);
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all(), 2 * kLease).failure, Failure::none);
  rig.run_for(30 * kSecond);
  const auto records = rig.drives[0]->records(rig.timers.now());
  ASSERT_EQ(records.size(), 1u);
  EXPECT_TRUE(is_locked(records[0].state));
  EXPECT_EQ(a.find(lv_lock())->state(), Lock::State::held);
}

TEST(UnitIdmFaults, fault_14_transport_errors_are_not_lock_answers) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  a.link(0).cut = a.link(1).cut = true;
  const Answer io = a.lock(lv_lock(), Mode::exclusive, rig.all());
  EXPECT_EQ(io.failure, Failure::io);
  EXPECT_FALSE(io.holder);
  a.cut_all(false);
  ASSERT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  EXPECT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::contended);
  rig.drives[0]->faults.nonsense = rig.drives[1]->faults.nonsense = DriveFaults::kAlways;
  EXPECT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::io);
}

TEST(UnitIdmFaults, fault_15_answers_may_fail_come_late_or_never) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  EXPECT_EQ(a.read_value(vg_lock()).failure, Failure::not_held);
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.link(0).silent = true;
  EXPECT_EQ(a.read_value(vg_lock()).lvb, LvbValue{});
  a.link(1).silent = true;
  EXPECT_EQ(a.read_value(vg_lock()).failure, Failure::io);
  a.link(0).silent = a.link(1).silent = false;
  rig.run_for(60 * kSecond);
  EXPECT_EQ(a.find(vg_lock())->state(), Lock::State::held);
}

TEST(UnitIdmFaults, fault_16_two_hundred_drives_with_long_names_vote) {
  Rig rig(0);
  for (int i = 0; i < 200; ++i) {
    DriveId id{.kind = DriveId::Kind::eui, .bytes = std::vector<std::uint8_t>(16, 0xFF)};
    id.bytes[15] = static_cast<std::uint8_t>(i);  // equal in the first 64 bits
    rig.ids.push_back(id);
    rig.drives.push_back(std::make_shared<Drive>());
  }
  RigHost& a = rig.host("a");
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  EXPECT_EQ(rig.drives[0]->record_count(), 1u);
  EXPECT_EQ(rig.drives[199]->record_count(), 1u);
}

TEST(UnitIdmFaults, fault_16_two_paths_to_one_drive_are_one_vote) {
  Rig rig(2);
  RigHost& a = rig.host("a");
  a.link(1).cut = true;
  EXPECT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.on({0, 0, 1})).failure, Failure::io);
}

TEST(UnitIdmFaults, fault_17_waiting_for_one_lock_starves_no_other) {
  Rig rig(2);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  for (char name = 'a'; name < 'k'; ++name)
    ASSERT_EQ(a.lock(lv_lock(name), Mode::exclusive, rig.all()).failure, Failure::none);
  for (char name = 'a'; name < 'k'; ++name)
    b.manager->acquire(rig.timers.now(), ++b.last_request, b.space, lv_lock(name), Mode::exclusive, rig.all(), kLease,
                       5 * kSecond);
  const Time before = rig.timers.now();
  ASSERT_EQ(b.lock(lv_lock('z'), Mode::exclusive, rig.all()).failure, Failure::none);
  EXPECT_LT(rig.timers.now(), before + kSecond / 100);
}

TEST(UnitIdmFaults, fault_17_hosts_that_begin_at_once_do_not_run_in_step) {
  Rig rig(2);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  // Each gets its near drive first: half of the votes each, again and again if they moved in step.
  a.link(1).request_latency = b.link(0).request_latency = std::chrono::milliseconds(3);
  a.manager->acquire(rig.timers.now(), ++a.last_request, a.space, lv_lock(), Mode::exclusive, rig.all(), kLease,
                     20 * kSecond);
  b.manager->acquire(rig.timers.now(), ++b.last_request, b.space, lv_lock(), Mode::exclusive, rig.all(), kLease,
                     20 * kSecond);
  a.pump();
  b.pump();
  while (a.answers.empty() && b.answers.empty()) ASSERT_TRUE(rig.timers.run_one());
  const Answer& first = a.answers.empty() ? b.answers.begin()->second : a.answers.begin()->second;
  EXPECT_EQ(first.failure, Failure::none);
}

TEST(UnitIdmFaults, fault_18_contention_says_who_and_since_when) {
  Rig rig(3);
  RigHost& a = rig.host("alpha");
  RigHost& b = rig.host("b");
  rig.run_for(100 * kSecond);
  const std::uint64_t since = a.wall_milliseconds();
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  rig.run_for(100 * kSecond);
  const Answer answer = b.lock(lv_lock(), Mode::exclusive, rig.all());
  ASSERT_EQ(answer.failure, Failure::contended);
  ASSERT_TRUE(answer.holder);
  EXPECT_EQ(answer.holder->name, "alpha");
  EXPECT_EQ(answer.holder->since, since);
  EXPECT_EQ(answer.holder->mode, Mode::exclusive);
  EXPECT_FALSE(answer.holder->expired);
}

TEST(UnitIdmFaults, fault_18_what_is_being_given_back_is_nobodys) {
  Rig rig(2);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.link(1).cut = true;
  EXPECT_EQ(a.unlock(lv_lock()).failure, Failure::io);
  a.link(1).cut = false;
  // Another host cannot know, this one does.
  const Answer other = b.query(Query::Kind::holders, lv_lock(), rig.all());
  ASSERT_EQ(other.holders.size(), 1u);
  EXPECT_FALSE(other.holders[0].given_back);
  EXPECT_EQ(b.query(Query::Kind::count, lv_lock(), rig.all()).others, 1);
  const Answer own = a.query(Query::Kind::holders, lv_lock(), rig.all());
  ASSERT_EQ(own.holders.size(), 1u);
  EXPECT_TRUE(own.holders[0].given_back);
  EXPECT_EQ(a.query(Query::Kind::count, lv_lock(), rig.all()).others, 0);
  const Answer early = a.lock(lv_lock(), Mode::exclusive, rig.all());
  ASSERT_EQ(early.failure, Failure::contended);
  ASSERT_TRUE(early.holder);
  EXPECT_TRUE(early.holder->given_back);
  EXPECT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all(), 5 * kSecond).failure, Failure::none);
  // What a client has is its own.
  a.space = a.open();
  const Answer beside = a.lock(lv_lock(), Mode::exclusive, rig.all());
  ASSERT_TRUE(beside.holder);
  EXPECT_FALSE(beside.holder->given_back);
}

TEST(UnitIdmFaults, fault_18_a_waiting_request_gets_the_lock_when_it_is_free) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  b.manager->acquire(rig.timers.now(), ++b.last_request, b.space, lv_lock(), Mode::exclusive, rig.all(), kLease,
                     300 * kSecond);
  b.pump();
  const RequestId waiting = b.last_request;
  rig.run_for(150 * kSecond);
  EXPECT_TRUE(!b.answers.contains(waiting));
  ASSERT_EQ(a.unlock(lv_lock()).failure, Failure::none);
  EXPECT_EQ(b.wait_for(waiting).failure, Failure::none);
}

// Found by the simulation: an orphan that could not be had in another mode belonged to the client that was told
// "contended", and for good.
TEST(UnitIdmFaults, an_orphan_that_cannot_change_its_mode_stays_one) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(lv_lock(), Mode::shared, rig.all()).failure, Failure::none);
  ASSERT_EQ(b.lock(lv_lock(), Mode::shared, rig.all()).failure, Failure::none);
  a.manager->orphan_space(rig.timers.now(), a.space);
  a.space = a.open();
  EXPECT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::contended);
  EXPECT_EQ(a.find(lv_lock()), nullptr);
  EXPECT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::contended) << "not: it exists";
  ASSERT_EQ(b.unlock(lv_lock()).failure, Failure::none);
  EXPECT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  ASSERT_NE(a.find(lv_lock()), nullptr);
  EXPECT_EQ(a.unlock(lv_lock()).failure, Failure::none);
  EXPECT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
}

// Seed 200327004: a demotion ran when the lock had been given back and taken again, and shared that.
TEST(UnitIdmFaults, fault_17_a_late_demotion_does_not_share_the_next_lock) {
  Rig rig(1);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.link(0).request_latency = 20 * kSecond;
  EXPECT_EQ(a.convert(lv_lock(), Mode::shared).failure, Failure::io);
  a.link(0).request_latency = Time{0};
  rig.run_for(8 * kSecond);
  ASSERT_EQ(a.unlock(lv_lock()).failure, Failure::none);
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all(), kSecond).failure, Failure::none);
  rig.run_for(20 * kSecond + kSecond / 10 - rig.timers.now());  // it has run, and nothing was renewed since
  EXPECT_EQ(b.lock(lv_lock(), Mode::shared, rig.all()).failure, Failure::contended);
}

// A sharer whose renewals got no answer: each may still run, and share what has become exclusive since.
struct WeakenedSharer {
  WeakenedSharer() {
    EXPECT_EQ(a.lock(lv_lock(), Mode::shared, rig.all()).failure, Failure::none);
    // Two of three drives run a renewal and lose the answer, one after the other.
    for (std::size_t drive : {0u, 1u}) {
      a.link(drive).lose_reply = 1'000'000;
      rig.run_for(kLease / 3);
      a.link(drive).lose_reply = 0;
      rig.run_for(kLease / 3);
    }
    former = a.find(lv_lock())->setup().owner;
    EXPECT_FALSE(a.find(lv_lock())->promotable());
  }

  Rig rig{3};
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  HostId former;
};
class UnitIdmPromotion : public ::testing::Test, protected WeakenedSharer {};

// Seeds 40698544, 40845922 and 50271415 of the simulation: such a lock could never become exclusive, and an orphan of
// that kind kept everybody out for ever.
TEST_F(UnitIdmPromotion, happens_under_another_id_that_late_commands_do_not_meet) {
  ASSERT_EQ(a.convert(lv_lock(), Mode::exclusive).failure, Failure::none);
  EXPECT_NE(a.find(lv_lock())->setup().owner, former);
  // The late renewal.
  MutexCommand late{.operation = Operation::refresh,
                    .record = {.lock_class = LockClass::shared, .lock = lv_lock(), .host = former}};
  late.record.countdown = 60'000;
  for (const auto& drive : rig.drives) EXPECT_NE(drive->execute(late, rig.timers.now()).status, Status::good);
  EXPECT_EQ(b.lock(lv_lock(), Mode::shared, rig.all()).failure, Failure::contended);
  ASSERT_EQ(a.unlock(lv_lock()).failure, Failure::none);
  EXPECT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
}

TEST_F(UnitIdmPromotion, of_an_orphan_goes_to_its_heir) {
  a.manager->orphan_space(rig.timers.now(), a.space);
  a.space = a.open();
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  ASSERT_NE(a.find(lv_lock()), nullptr);
  ASSERT_EQ(a.unlock(lv_lock()).failure, Failure::none);
  EXPECT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
}

TEST_F(UnitIdmPromotion, beside_another_sharer_leaves_it_shared) {
  ASSERT_EQ(b.lock(lv_lock(), Mode::shared, rig.all()).failure, Failure::none);
  EXPECT_EQ(a.convert(lv_lock(), Mode::exclusive).failure, Failure::contended);
  EXPECT_EQ(a.find(lv_lock())->mode(), Mode::shared);
  EXPECT_EQ(b.convert(lv_lock(), Mode::exclusive).failure, Failure::contended) << "it is still there";
  ASSERT_EQ(b.unlock(lv_lock()).failure, Failure::none);
  EXPECT_EQ(a.convert(lv_lock(), Mode::exclusive).failure, Failure::none);
}

// At every moment of it: nobody else gets the lock exclusively, and in the end one record or none is left.
TEST(UnitIdmPromotions, cut_short_anywhere_keeps_the_lock) {
  for (int end = 0; end < 3; ++end) {
    for (int step = 0; step < 12; ++step) {
      WeakenedSharer scene;
      RigHost& one = scene.a;
      one.manager->convert(scene.rig.timers.now(), ++one.last_request, one.space, lv_lock(), Mode::exclusive);
      one.pump();
      scene.rig.run_for(step * std::chrono::microseconds(150));
      if (end == 0) one.restart();
      if (end == 1) one.manager->orphan_space(scene.rig.timers.now(), one.space);
      if (end == 2) one.manager->release(scene.rig.timers.now(), ++one.last_request, one.space, lv_lock());
      one.pump();
      const Failure other = scene.b.lock(lv_lock(), Mode::exclusive, scene.rig.all(), kSecond).failure;
      EXPECT_EQ(other, end == 2 ? Failure::none : Failure::contended) << end << " " << step;
      if (end == 2) continue;
      scene.rig.run_for(3 * kLease);
      one.space = one.open();
      EXPECT_EQ(one.lock(lv_lock(), Mode::exclusive, scene.rig.all(), kSecond).failure, Failure::none)
          << end << " " << step;
      EXPECT_EQ(one.unlock(lv_lock()).failure, Failure::none);
      EXPECT_EQ(scene.b.lock(lv_lock(), Mode::exclusive, scene.rig.all(), kSecond).failure, Failure::none)
          << end << " " << step;
    }
  }
}

// Between the two entries of the journal: the next lock manager finds both, and keeps one.
TEST_F(UnitIdmPromotion, a_journal_with_both_locks_keeps_one) {
  const auto before = a.entries;
  a.manager->convert(rig.timers.now(), ++a.last_request, a.space, lv_lock(), Mode::exclusive);
  a.pump();
  // Nothing is sent any more behind the first entry.
  rig.run_for(std::chrono::microseconds(150));
  for (Link* link : a.links) link->lose_request = 1'000'000;
  rig.run_for(std::chrono::microseconds(100));
  ASSERT_NE(a.entries.begin()->first, before.begin()->first);
  a.entries.insert(before.begin(), before.end());
  ASSERT_EQ(a.entries.size(), 2u);
  for (Link* link : a.links) link->lose_request = 0;
  a.restart();
  rig.run_for(kSecond);
  EXPECT_EQ(a.entries.size(), 1u);
  EXPECT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.all(), kSecond).failure, Failure::contended);
  rig.run_for(3 * kLease);
  EXPECT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.all(), kSecond).failure, Failure::contended);
  a.space = a.open();
  ASSERT_EQ(a.lock(lv_lock(), Mode::exclusive, rig.all(), kSecond).failure, Failure::none);
  ASSERT_EQ(a.unlock(lv_lock()).failure, Failure::none);
  EXPECT_EQ(b.lock(lv_lock(), Mode::exclusive, rig.all(), kSecond).failure, Failure::none);
}

}  // namespace
}  // namespace lvm::idm
