// SPDX-License-Identifier: LGPL-2.1-or-later
// Lock values: what a client was told to be stored is what every later reader finds, or "unknown".
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

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

// Seed 10917932: a drive forgot, others had its mutex for a moment, and the unlock was answered with "good" as nobody
// had it any more.
TEST(UnitIdmValue, an_unlock_that_met_no_record_is_not_counted) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  rig.drives[1]->drop_records();
  ASSERT_EQ(b.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::contended);
  a.write_value(vg_lock(), 1);
  a.link(0).silent = true;
  EXPECT_EQ(a.unlock(vg_lock()).failure, Failure::io);
}

// Seeds 10215960 and 10447968: a drive that had missed the last value was the only one of the new set.
TEST(UnitIdmValue, a_drive_that_missed_the_last_value_has_it_before_it_decides_alone) {
  for (const bool dies : {false, true}) {
    Rig rig(3);
    RigHost& a = rig.host("a");
    RigHost& b = rig.host("b");
    for (const std::uint64_t value : {7, 9}) {
      a.link(0).cut = value == 9;
      ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
      a.write_value(vg_lock(), value);
      ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
    }
    a.link(0).cut = false;
    rig.run_for(2 * kLease);
    ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
    ASSERT_EQ(a.read_value(vg_lock()).lvb, value_of(9));
    ASSERT_EQ(a.place(vg_lock(), rig.joint({0, 1, 2}, {0}, 2)).failure, Failure::none);
    a.link(0).cut = dies;
    a.write_value(vg_lock(), 10);
    a.unlock(vg_lock());
    rig.run_for(2 * kLease);
    ASSERT_EQ(b.lock(vg_lock(), Mode::shared, rig.on({0}, 3)).failure, Failure::none);
    const auto value = b.read_value(vg_lock()).lvb;
    EXPECT_TRUE(value == (dies ? kUnknownLvb : value_of(10)) || (dies && value == value_of(9)));
  }
}

// Seed 11242547.
TEST(UnitIdmValue, new_drives_have_the_value_before_they_decide) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.on({0})).failure, Failure::none);
  a.write_value(vg_lock(), 5);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.on({0})).failure, Failure::none);
  ASSERT_EQ(a.read_value(vg_lock()).lvb, value_of(5));
  const std::size_t unlocked = rig.commands(Operation::unlock);
  ASSERT_EQ(a.place(vg_lock(), rig.joint({0}, {0, 1}, 2)).failure, Failure::none);
  EXPECT_EQ(rig.commands(Operation::unlock), unlocked + 1);  // not where the lock would be lost by it
  ASSERT_EQ(a.place(vg_lock(), rig.joint({0, 1}, {1, 2}, 3)).failure, Failure::none);
  a.cut_all(true);
  rig.run_for(2 * kLease);
  for (const auto& set : {rig.on({0, 1}), rig.on({1, 2})}) {
    ASSERT_EQ(b.lock(vg_lock(), Mode::exclusive, set).failure, Failure::none);
    EXPECT_EQ(b.query(Query::Kind::lvb, vg_lock(), set).lvb, value_of(5));
    ASSERT_EQ(b.unlock(vg_lock()).failure, Failure::none);
  }
}

// Such an unlock would take the lock back that is asked for behind it.
TEST(UnitIdmValue, a_drive_whose_store_was_not_answered_counts_no_more) {
  Rig rig(4);
  RigHost& a = rig.host("a");
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.on({0})).failure, Failure::none);
  a.write_value(vg_lock(), 5);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.on({0})).failure, Failure::none);
  ASSERT_EQ(a.read_value(vg_lock()).lvb, value_of(5));
  for (int others : {2, 3}) rig.drives[static_cast<std::size_t>(others)]->faults.delay = kSecond / 2;
  const RequestId request = ++a.last_request;
  a.manager->place(rig.timers.now(), request, a.space, vg_lock(), rig.joint({0}, {1, 2, 3}, 2), Time{0});
  a.pump();
  const auto stores = [&] {
    return std::ranges::count_if(a.sent, [&](const auto& each) {
      const auto* mutex = std::get_if<MutexCommand>(&each.second);
      return each.first == rig.ids[1] && mutex != nullptr && mutex->operation == Operation::unlock;
    });
  };
  for (int i = 0; i < 10'000 && stores() == 0; ++i) rig.run_for(std::chrono::microseconds(20));
  ASSERT_EQ(stores(), 1);
  a.link(1).silent = true;
  EXPECT_EQ(a.wait_for(request).failure, Failure::none);  // the others are a majority
  rig.run_for(3 * kLease);
  const auto last =
      std::ranges::find(a.sent.rbegin(), a.sent.rend(), rig.ids[1], [](const auto& each) { return each.first; });
  ASSERT_NE(last, a.sent.rend());
  EXPECT_EQ(std::get<MutexCommand>(last->second).operation, Operation::unlock);
  EXPECT_EQ(stores(), 1);
  EXPECT_EQ(a.find(vg_lock())->state(), Lock::State::held);
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

// Seeds 40773785 and 40816319 of the simulation: one drive was slow to answer a sharer's read; before it did, another
// sharer stored a value, and the reader became exclusive. What the read found was the value that new drives got.
TEST(UnitIdmValue, what_a_read_found_while_others_shared_is_not_known_later) {
  Rig rig(4);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(b.lock(vg_lock(), Mode::exclusive, rig.on({0, 1, 2})).failure, Failure::none);
  b.write_value(vg_lock(), 1);
  ASSERT_EQ(b.convert(vg_lock(), Mode::shared).failure, Failure::none);
  a.link(2).cut = true;
  ASSERT_EQ(a.lock(vg_lock(), Mode::shared, rig.on({0, 1, 2})).failure, Failure::none);
  a.link(2).cut = false;
  a.link(2).silent = true;
  const RequestId read = ++a.last_request;
  a.manager->read_lvb(rig.timers.now(), read, a.space, vg_lock());
  rig.run_for(kSecond);
  ASSERT_FALSE(a.answers.contains(read));
  ASSERT_EQ(b.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(a.convert(vg_lock(), Mode::exclusive).failure, Failure::none);
  EXPECT_EQ(a.wait_for(read).lvb, value_of(0)) << "it is what stood there when it was asked for";
  a.link(2).silent = false;
  rig.run_for(20 * kSecond);
  ASSERT_EQ(a.place(vg_lock(), rig.joint({0, 1, 2}, {0, 3}, 2), 30 * kSecond).failure, Failure::none);
  ASSERT_EQ(a.place(vg_lock(), rig.on({0, 3}, 3), 30 * kSecond).failure, Failure::none);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(b.lock(vg_lock(), Mode::shared, rig.on({0, 3}, 3)).failure, Failure::none);
  const auto found = b.read_value(vg_lock()).lvb;
  EXPECT_TRUE(found == value_of(1) || found == kUnknownLvb);
}

// Seed 70127952: the drives that joined had been the VG's before, and a dead sharer's records with the value of that
// time. Looking who was there took that value for the one that belongs there.
TEST(UnitIdmValue, what_stands_on_a_drive_that_joins_is_not_the_value) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  RigHost& c = rig.host("c");
  ASSERT_EQ(b.lock(vg_lock(), Mode::exclusive, rig.on({1, 2})).failure, Failure::none);
  b.write_value(vg_lock(), 1);
  ASSERT_EQ(b.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(b.lock(vg_lock(), Mode::shared, rig.on({1, 2})).failure, Failure::none);
  b.cut_all(true);
  rig.run_for(2 * kLease);
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.on({0}, 2)).failure, Failure::none);
  a.write_value(vg_lock(), 2);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.on({0}, 2)).failure, Failure::none);
  ASSERT_EQ(a.read_value(vg_lock()).lvb, value_of(2));
  ASSERT_EQ(a.place(vg_lock(), rig.joint({0}, {1, 2}, 3), kSecond).failure, Failure::none);
  a.manager->close_space(rig.timers.now(), a.space);
  a.pump();
  rig.run_for(kSecond);
  ASSERT_EQ(c.lock(vg_lock(), Mode::shared, rig.on({1, 2}, 4)).failure, Failure::none);
  EXPECT_EQ(c.read_value(vg_lock()).lvb, value_of(2));
}

// Seed 110326848: the request of a third drive ran when its lock had been given back, and others had had it. It was
// answered in time; what gave that record back stored the value of then.
TEST(UnitIdmValue, a_record_made_behind_others_gets_no_value) {
  Rig rig(3);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  a.link(2).request_latency = 8 * kSecond;
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.link(2).request_latency = Time{0};
  a.write_value(vg_lock(), 1);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  ASSERT_EQ(b.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  b.write_value(vg_lock(), 2);
  ASSERT_EQ(b.unlock(vg_lock()).failure, Failure::none);
  rig.run_for(20 * kSecond);
  for (const auto& drive : rig.drives) {
    const auto records = drive->records(rig.timers.now());
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].lvb[0], 2);
    EXPECT_EQ(records[0].state, ::lvm::idm::State::unlocked);
  }
}

// Seed 160200893: the lock went on under another owner's id and stored a value, while a drive had not answered about
// its former record. That was given back with the value of the time when the lock was taken over from a dead sharer.
void what_is_put_back(const std::function<bool(const Command&)>& is_not_answered) {
  Rig rig(1);
  RigHost& a = rig.host("a");
  RigHost& b = rig.host("b");
  ASSERT_EQ(b.lock(vg_lock(), Mode::shared, rig.all()).failure, Failure::none);
  b.cut_all(true);
  rig.run_for(2 * kLease);
  ASSERT_EQ(a.lock(vg_lock(), Mode::exclusive, rig.all()).failure, Failure::none);
  a.write_value(vg_lock(), 1);
  ASSERT_EQ(a.convert(vg_lock(), Mode::shared).failure, Failure::none);
  a.link(0).lose_reply = Link::kCertain;
  rig.run_for(kLease / 3);
  a.link(0).lose_reply = 0;
  rig.run_for(kLease / 3);
  const HostId former = a.find(vg_lock())->setup().owner;
  const RequestId request = ++a.last_request;
  a.manager->convert(rig.timers.now(), request, a.space, vg_lock(), Mode::exclusive);
  a.pump();
  while (a.find(vg_lock())->setup().owner == former || !is_not_answered(a.sent.back().second))
    ASSERT_TRUE(rig.timers.run_one());
  a.link(0).lose_reply = Link::kCertain;
  rig.run_for(kSecond);
  a.link(0).lose_reply = 0;
  EXPECT_EQ(a.wait_for(request).failure, Failure::contended);
  ASSERT_EQ(a.unlock(vg_lock()).failure, Failure::none);
  rig.run_for(20 * kSecond);
  const auto records = rig.drives[0]->records(rig.timers.now());
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].state, ::lvm::idm::State::unlocked);
  EXPECT_EQ(records[0].lvb[0], 1);
}
TEST(UnitIdmValue, what_is_put_back_is_not_older_than_what_is_there) {
  what_is_put_back([](const Command& command) { return std::holds_alternative<ReadRecords>(command); });
  what_is_put_back([](const Command& command) {
    const auto* mutex = std::get_if<MutexCommand>(&command);
    return mutex && mutex->operation == Operation::refresh;
  });
}

}  // namespace
}  // namespace lvm::idm
