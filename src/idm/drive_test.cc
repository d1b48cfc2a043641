// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/drive.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <set>

#include "idm/queries.h"
#include "idm/testing/drive_text.h"

namespace lvm::idm {
namespace {

using namespace std::chrono_literals;
using testing::command;
using testing::describe;
using testing::host;
using testing::kLease;
using testing::kLeaseTime;
using testing::lock;

constexpr std::array kOperations = {"try ex",    "try sh",   "refresh ex", "refresh sh", "unlock ex",
                                    "unlock sh", "break ex", "break sh",   "destroy"};

// One letter a status: g good, c conflict, t terminated, n not found. A star behind it: the state stays. All by
// host A, in the order of kOperations; then the states behind those that changed it, in that order.
struct Row {
  const char* state;
  const char* statuses;
  std::vector<const char*> after;
};
const Row kRows[] = {
    {"none", "g g n* n* n* n* n* n* n*", {"ex A", "sh A"}},
    {"free A", "g g c* c* g* g* c* c* g", {"ex A", "sh A", "none"}},
    {"free B", "g g c* c* g* g* c* c* g", {"ex A", "sh A", "none"}},
    {"ex A", "t* t* g* g g t* c* c* c*", {"sh A", "free A"}},
    {"ex A!", "t* t* g g g t* c* c* c*", {"ex A", "sh A", "free A"}},
    {"ex B", "c* c* c* c* c* c* c* c* c*", {}},
    {"ex B!", "c* c* c* c* c* c* g g c*", {"ex A", "sh A"}},
    {"sh A", "t* t* g g* t* g c* c* c*", {"ex A", "none"}},
    {"sh A!", "t* t* g g t* g c* c* c*", {"ex A", "sh A", "none"}},
    {"sh B", "c* g c* c* c* c* c* c* c*", {"sh A B"}},
    {"sh B!", "c* g c* c* c* c* g g c*", {"sh A B!", "ex A", "sh A"}},
    {"sh A B", "t* t* t* g* t* g c* c* c*", {"sh B"}},
    {"sh A B!", "t* t* t* g* t* g g g c*", {"sh B!", "ex A", "sh A"}},
    {"sh A! B", "t* t* t* g t* g c* c* c*", {"sh A B", "sh B"}},
    {"sh A! B!", "t* t* t* g t* g g g c*", {"sh A B!", "sh B!", "ex A", "sh A"}},
    {"sh B C", "c* g c* c* c* c* c* c* c*", {"sh A B C"}},
    {"sh B! C", "c* g c* c* c* c* c* c* c*", {"sh A B! C"}},
    {"sh B! C!", "c* g c* c* c* c* g g c*", {"sh A B! C!", "ex A", "sh A"}},
    {"sh A B! C", "t* t* t* g* t* g c* c* c*", {"sh B! C"}},
    {"sh A B! C!", "t* t* t* g* t* g g g c*", {"sh B! C!", "ex A", "sh A"}},
};

char letter(Status status) {
  switch (status) {
    case Status::good: return 'g';
    case Status::conflict: return 'c';
    case Status::terminated: return 't';
    case Status::not_found: return 'n';
    default: return '?';
  }
}

TEST(UnitDrive, EveryOperationInEveryState) {
  for (const Row& row : kRows) {
    std::size_t at = 0, changed = 0;
    for (const char* operation : kOperations) {
      SCOPED_TRACE(std::string(row.state) + " <- A " + operation);
      Drive drive;
      const Time now = testing::prepare(drive, row.state);
      const Status status = drive.execute(command(operation, 'A'), now).status;
      EXPECT_EQ(letter(status), row.statuses[at]) << name(status);
      ++at;
      std::string after = row.state;
      if (row.statuses[at] == '*')
        ++at;
      else
        after = row.after.at(changed++);
      EXPECT_EQ(describe(drive, now), after);
      ++at;
    }
    EXPECT_EQ(changed, row.after.size()) << row.state;
  }
}

bool owns_live(const std::string& state, char who) {
  const auto at = state.find(who);
  return !state.starts_with("free") && at != std::string::npos && (at + 1 == state.size() || state[at + 1] != '!');
}

// `state` and those that come of it when one more lease ends.
std::set<std::string> and_expired(const std::string& state) {
  std::set<std::string> out = {state};
  for (char who : {'A', 'B', 'C'}) {
    if (!owns_live(state, who)) continue;
    std::string expired = state;
    out.insert(expired.insert(state.find(who) + 1, "!"));
  }
  return out;
}

void expect_safe(const std::string& before, char who, const std::string& after) {
  const bool alone = after.starts_with("ex") || after.starts_with("free");
  EXPECT_LE(std::ranges::count(after, ' '), alone ? 1 : 3);
  for (char other : {'A', 'B', 'C'}) {
    if (other == who || !owns_live(before, other)) continue;
    EXPECT_TRUE(owns_live(after, other));
    EXPECT_EQ(after.substr(0, 2), before.substr(0, 2));
  }
}

// Every state three hosts can reach, through every operation and the end of any lease: nobody ever takes what a
// live owner has.
TEST(UnitDrive, NoReachableStateHasTwoMasters) {
  std::set<std::string> seen = {"none"};
  std::deque<std::string> open = {"none"};
  for (; !open.empty(); open.pop_front()) {
    const std::string& before = open.front();
    for (char who : {'A', 'B', 'C'}) {
      for (const char* operation : kOperations) {
        Drive drive;
        const Time now = testing::prepare(drive, before);
        const bool good = drive.execute(command(operation, who), now).status == Status::good;
        const std::string after = describe(drive, now);
        SCOPED_TRACE(before + " <- " + who + " " + operation + " -> " + after);
        if (!good) {
          EXPECT_EQ(after, before);
        }
        expect_safe(before, who, after);
        for (const std::string& next : and_expired(after))
          if (seen.insert(next).second) open.push_back(next);
      }
    }
  }
  // none; free, ex and ex! of three hosts; the sharers: each out, live or expired.
  EXPECT_EQ(seen.size(), 1u + 3 * 3 + 26);
}

TEST(UnitDrive, ALeaseEndsAfterItsCountdownNotAtIt) {
  Drive drive;
  drive.execute(command("try ex", 'A'), 0s);
  EXPECT_EQ(describe(drive, kLeaseTime), "ex A");
  EXPECT_EQ(describe(drive, kLeaseTime + 1ns), "ex A!");
}

TEST(UnitDrive, TheNewestCountdownCounts) {
  Drive drive;
  drive.execute(command("try ex", 'A', '1', 60'000), 0s);
  drive.execute(command("refresh ex", 'A', '1', 1'000), 10s);
  EXPECT_EQ(describe(drive, 12s), "ex A!");
}

TEST(UnitDrive, AnInfiniteLeaseNeverEndsButMayBeBroken) {
  Drive drive;
  drive.execute(command("try ex", 'A', '1', kInfiniteCountdown), 0s);
  EXPECT_EQ(describe(drive, 1000h), "ex A");
  EXPECT_EQ(drive.execute(command("try ex", 'B'), 1s).status, Status::conflict);
  EXPECT_EQ(drive.execute(command("break ex", 'B'), 1s).status, Status::good);
  Drive safe({}, {.infinite_breakable = false});
  safe.execute(command("try ex", 'A', '1', kInfiniteCountdown), 0s);
  EXPECT_EQ(safe.execute(command("break ex", 'B'), 1000h).status, Status::conflict);
}

TEST(UnitDrive, HugeLeasesDoNotOverflow) {
  Drive drive;
  drive.execute(command("try ex", 'A', '1', kInfiniteCountdown - 1), 0s);
  EXPECT_EQ(describe(drive, 1000h), "ex A");
}

MutexCommand unlock_with(char who, Lvb value, LvbControl control = LvbControl::update,
                         const char* words = "unlock ex") {
  MutexCommand out = command(words, who);
  out.record.lvb = value, out.record.control = control;
  return out;
}

constexpr Lvb kValue = {'a', 'b', 'c', 'd', 'e', 'f', 'g'};

TEST(UnitDrive, TheValueIsZeroUntilAnUnlockStoresIt) {
  Drive drive;
  drive.execute(command("try ex", 'A'), 0s);
  EXPECT_EQ(find_lvb(drive.records(0s), lock(), host('A')), Lvb{});
  drive.execute(unlock_with('A', kValue), 0s);
  drive.execute(command("try ex", 'B'), 0s);
  EXPECT_EQ(find_lvb(drive.records(0s), lock(), host('B')), kValue);
  EXPECT_EQ(find_lvb(drive.records(0s), lock(), host('A')), std::nullopt);
}

TEST(UnitDrive, OnlyAnUpdatingUnlockStoresTheValue) {
  for (LvbControl control : {LvbControl::keep, LvbControl::update, LvbControl::update_valid, LvbControl::invalid}) {
    Drive drive;
    drive.execute(command("try ex", 'A'), 0s);
    drive.execute(unlock_with('A', kValue, control), 0s);
    const bool stored = control == LvbControl::update || control == LvbControl::update_valid;
    EXPECT_EQ(drive.records(0s).at(0).lvb, stored ? kValue : Lvb{}) << static_cast<int>(control);
    EXPECT_EQ(drive.records(0s).at(0).control, LvbControl::keep);
  }
  // No other operation does, whatever it sends.
  for (const char* words : {"try ex", "refresh ex", "break ex"}) {
    Drive drive;
    if (words[0] != 't') drive.execute(command("try ex", words[0] == 'b' ? 'B' : 'A'), 0s);
    ASSERT_EQ(drive.execute(unlock_with('A', kValue, LvbControl::update, words), 6s).status, Status::good) << words;
    EXPECT_EQ(drive.records(6s).at(0).lvb, Lvb{}) << words;
  }
}

TEST(UnitDrive, AFailedUnlockStoresNothing) {
  Drive drive;
  drive.execute(command("try ex", 'A'), 0s);
  EXPECT_EQ(drive.execute(unlock_with('B', kValue), 0s).status, Status::conflict);
  EXPECT_EQ(drive.execute(unlock_with('A', kValue, LvbControl::update, "unlock sh"), 0s).status, Status::terminated);
  EXPECT_EQ(drive.records(0s).at(0).lvb, Lvb{});
}

TEST(UnitDrive, SharersHaveOneValue) {
  Drive drive;
  drive.execute(command("try ex", 'A'), 0s);
  drive.execute(unlock_with('A', kValue), 0s);
  for (char who : {'A', 'B', 'C'}) drive.execute(command("try sh", who), 0s);
  for (char who : {'A', 'B', 'C'}) EXPECT_EQ(find_lvb(drive.records(0s), lock(), host(who)), kValue);
  constexpr Lvb kNew = {1, 2, 3, 4, 5, 6, 7};
  drive.execute(unlock_with('B', kNew, LvbControl::update, "unlock sh"), 0s);
  for (char who : {'A', 'C'}) EXPECT_EQ(find_lvb(drive.records(0s), lock(), host(who)), kNew);
}

TEST(UnitDrive, ABreakKeepsTheValueADestroyDoesNot) {
  Drive drive;
  drive.execute(command("try ex", 'A'), 0s);
  drive.execute(unlock_with('A', kValue), 0s);
  drive.execute(command("try ex", 'A'), 0s);
  ASSERT_EQ(drive.execute(command("break sh", 'B'), 6s).status, Status::good);
  EXPECT_EQ(find_lvb(drive.records(6s), lock(), host('B')), kValue);
  drive.execute(command("refresh ex", 'B'), 6s);
  drive.execute(command("unlock ex", 'B'), 6s);
  drive.execute(command("destroy", 'B'), 6s);
  drive.execute(command("try ex", 'B'), 6s);
  EXPECT_EQ(find_lvb(drive.records(6s), lock(), host('B')), Lvb{});
}

TEST(UnitDrive, EachLimitHasItsOwnAnswer) {
  Drive records({.records = 2});
  EXPECT_EQ(records.execute(command("try ex", 'A', '1'), 0s).status, Status::good);
  EXPECT_EQ(records.execute(command("try ex", 'A', '2'), 0s).status, Status::good);
  EXPECT_EQ(records.execute(command("try ex", 'A', '3'), 0s).status, Status::table_full);
  // A mutex that is there can still be locked, converted and broken; destroying one makes room.
  EXPECT_EQ(records.execute(command("unlock ex", 'A', '1'), 0s).status, Status::good);
  EXPECT_EQ(records.execute(command("try ex", 'B', '1'), 0s).status, Status::good);
  EXPECT_EQ(records.execute(command("break ex", 'B', '2'), 6s).status, Status::good);
  EXPECT_EQ(records.execute(command("unlock ex", 'B', '2'), 6s).status, Status::good);
  EXPECT_EQ(records.execute(command("destroy", 'C', '2'), 6s).status, Status::good);
  EXPECT_EQ(records.execute(command("try ex", 'A', '3'), 6s).status, Status::good);

  Drive hosts({.hosts = 2});
  EXPECT_EQ(hosts.execute(command("try sh", 'A'), 0s).status, Status::good);
  EXPECT_EQ(hosts.execute(command("try ex", 'B', '2'), 0s).status, Status::good);
  EXPECT_EQ(hosts.execute(command("try sh", 'C'), 0s).status, Status::hosts_full);
  EXPECT_EQ(hosts.execute(command("try sh", 'B'), 0s).status, Status::good);

  Drive sharers({.sharers = 2});
  EXPECT_EQ(sharers.execute(command("try sh", 'A'), 0s).status, Status::good);
  EXPECT_EQ(sharers.execute(command("try sh", 'B'), 0s).status, Status::good);
  EXPECT_EQ(sharers.execute(command("try sh", 'C'), 0s).status, Status::sharers_full);
}

TEST(UnitDrive, AMutexChangesHandsOnlyWhereTheHostTableHasRoom) {
  Drive drive({.hosts = 1});
  drive.execute(command("try ex", 'A', '1'), 0s);
  drive.execute(command("unlock ex", 'A', '1'), 0s);
  // A leaves the table as B comes.
  EXPECT_EQ(drive.execute(command("try ex", 'B', '1'), 0s).status, Status::good);
  EXPECT_EQ(drive.execute(command("try ex", 'B', '2'), 0s).status, Status::good);
  // B stays because of its other mutex.
  EXPECT_EQ(drive.execute(command("break ex", 'A', '1'), 6s).status, Status::hosts_full);
  EXPECT_EQ(describe(drive, 6s), "ex B!");
}

TEST(UnitDrive, CountsByClassAndState) {
  Drive drive;
  drive.execute(command("try ex", 'A', '1'), 0s);
  drive.execute(command("try ex", 'A', '2'), 0s);
  drive.execute(command("unlock ex", 'A', '2'), 0s);
  drive.execute(command("try sh", 'A', '3'), 6s);
  drive.execute(command("try sh", 'B', '3'), 6s);
  drive.execute(command("try sh", 'B', '4'), 6s);
  const Counts counts = drive.execute(ReadCounts{}, 6s).counts;
  const Counts expected = {.total = 5,
                           .exclusive = {.total = 2, .unlocked = 1, .timed_out = 1},
                           .shared = {.total = 3, .locked = 1, .multiple_locked = 2}};
  EXPECT_EQ(counts, expected);
}

TEST(UnitDrive, ReadsInTheOrderOfCreationAndNoMoreThanAskedFor) {
  Drive drive;
  for (char digit : {'5', '3', '9'}) drive.execute(command("try ex", 'A', digit), 0s);
  const auto records = drive.execute(ReadRecords{2}, 0s).records;
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].lock, lock('5'));
  EXPECT_EQ(records[1].lock, lock('3'));
  EXPECT_EQ(drive.execute(ReadRecords{100}, 0s).records.size(), 3u);
}

TEST(UnitDrive, EchoesTheHostsTime) {
  Drive drive;
  MutexCommand request = command("try ex", 'A');
  request.record.time = 1'700'000'000'123;
  drive.execute(request, 0s);
  EXPECT_EQ(drive.records(0s).at(0).time, 1'700'000'000'123u);
}

TEST(UnitDrive, UnknownOperationsAndClassesChangeNothing) {
  Drive drive;
  for (Operation operation : {Operation::normal, Operation::init, Operation::lock}) {
    MutexCommand request = command("try ex", 'A');
    request.operation = operation;
    EXPECT_EQ(drive.execute(request, 0s).status, Status::invalid_operation);
  }
  MutexCommand request = command("try ex", 'A');
  request.record.lock_class = LockClass::protected_write;
  EXPECT_EQ(drive.execute(request, 0s).status, Status::failed_class);
  EXPECT_EQ(drive.record_count(), 0u);
}

TEST(UnitDrive, ResetAndLossOfPowerForgetEverything) {
  Drive drive({.records = 1, .hosts = 1});
  drive.execute(command("try ex", 'A'), 0s);
  drive.execute(ResetTable{}, 0s);
  EXPECT_EQ(describe(drive, 0s), "none");
  EXPECT_EQ(drive.execute(command("try ex", 'B'), 0s).status, Status::good);
  drive.drop_records();
  EXPECT_EQ(drive.execute(command("refresh ex", 'B'), 0s).status, Status::not_found);
  EXPECT_EQ(drive.execute(command("try ex", 'A'), 0s).status, Status::good);
}

TEST(UnitDrive, OlderFirmware) {
  Drive drive({}, {.relock_conflicts = true, .idle_unlock_conflicts = true, .break_own = true});
  drive.execute(command("try ex", 'A'), 0s);
  EXPECT_EQ(drive.execute(command("try ex", 'A'), 0s).status, Status::conflict);
  EXPECT_EQ(drive.execute(command("break sh", 'A'), 0s).status, Status::good);
  EXPECT_EQ(describe(drive, 0s), "sh A");
  drive.execute(command("refresh ex", 'A'), 0s);
  drive.execute(command("unlock ex", 'A'), 0s);
  EXPECT_EQ(drive.execute(command("unlock ex", 'A'), 0s).status, Status::conflict);
  EXPECT_EQ(drive.execute(command("break ex", 'A'), 0s).status, Status::conflict);
}

TEST(UnitDrive, FirmwareThatKeepsTheLastSharedRecord) {
  Drive drive({}, {.keep_last_shared = true});
  drive.execute(command("try sh", 'A'), 0s);
  drive.execute(command("try sh", 'B'), 0s);
  drive.execute(unlock_with('A', kValue, LvbControl::update, "unlock sh"), 0s);
  EXPECT_EQ(describe(drive, 0s), "sh B");
  drive.execute(command("unlock sh", 'B'), 0s);
  EXPECT_EQ(describe(drive, 0s), "free B");
  drive.execute(command("try ex", 'A'), 0s);
  EXPECT_EQ(find_lvb(drive.records(0s), lock(), host('A')), kValue);
}

TEST(UnitDrive, ItsClockMayRunFastOrSlowOrJump) {
  Drive fast;
  fast.set_clock(0s, 10'000);  // 1 %
  fast.execute(command("try ex", 'A', '1', 100'000), 0s);
  EXPECT_EQ(describe(fast, 99s), "ex A");
  EXPECT_EQ(describe(fast, 99'100ms), "ex A!");
  Drive slow;
  slow.set_clock(0s, -10'000);
  slow.execute(command("try ex", 'A', '1', 100'000), 0s);
  EXPECT_EQ(describe(slow, 101s), "ex A");
  EXPECT_EQ(describe(slow, 101'100ms), "ex A!");
  Drive jumping;
  jumping.execute(command("try ex", 'A', '1', 100'000), 0s);
  jumping.set_clock(1s, 0, 99s);
  EXPECT_EQ(describe(jumping, 1s), "ex A");
  EXPECT_EQ(describe(jumping, 1001ms), "ex A!");
}

TEST(UnitDrive, FaultsCountDown) {
  Drive drive;
  drive.faults.lose_requests = 1, drive.faults.busy = 2, drive.faults.lose_replies = 1, drive.faults.nonsense = 1;
  using Fate = Drive::Fate;
  for (Fate expected : {Fate::lost_request, Fate::busy, Fate::busy, Fate::lost_reply, Fate::nonsense, Fate::normal})
    EXPECT_EQ(drive.next_fate(), expected);
  drive.faults.busy = DriveFaults::kAlways;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(drive.next_fate(), Fate::busy);
  drive.faults.gone = true;
  EXPECT_EQ(drive.next_fate(), Fate::refused);
}

}  // namespace
}  // namespace lvm::idm
