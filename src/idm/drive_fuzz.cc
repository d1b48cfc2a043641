// SPDX-License-Identifier: LGPL-2.1-or-later
// A history from the input's bytes: operations of four hosts on three mutexes, with time passing, on a small
// drive. After each step the table must hold the invariants of in-drive mutexes.
#include <algorithm>
#include <map>
#include <set>

#include "base/result.h"
#include "idm/drive.h"
#include "idm/testing/drive_text.h"

namespace {

using namespace lvm;
using namespace lvm::idm;

constexpr Operation kOperations[] = {Operation::try_lock, Operation::refresh, Operation::unlock, Operation::break_lock,
                                     Operation::destroy,  Operation::normal,  Operation::lock};

MutexCommand from_bytes(std::uint8_t what, std::uint8_t who, std::uint8_t value) {
  MutexCommand command;
  command.operation = kOperations[what % std::size(kOperations)];
  command.record.lock_class = static_cast<LockClass>((what >> 3) % 3);
  command.record.control = static_cast<LvbControl>(what >> 6);
  command.record.lock = testing::lock(static_cast<char>('1' + (who >> 2) % 3));
  command.record.host = testing::host(static_cast<char>('A' + who % 4));
  command.record.countdown = (value & 7) == 7 ? kInfiniteCountdown : value;
  command.record.lvb.fill(value);
  return command;
}

// What the drive's records say about one mutex.
void check_table(Drive& drive, Time now) {
  std::map<LockId, std::vector<Record>> by_lock;
  std::set<HostId> hosts;
  const std::vector<Record> records = drive.records(now);
  for (const Record& record : records) by_lock[record.lock].push_back(record), hosts.insert(record.host);
  CHECK(records.size() == drive.record_count());
  CHECK(records.size() <= drive.limits().records && hosts.size() <= drive.limits().hosts);
  for (const auto& [lock, rows] : by_lock) {
    CHECK(rows.size() <= drive.limits().sharers);
    std::set<HostId> owners;
    for (const Record& row : rows) {
      CHECK(rows.size() == 1 || (row.lock_class == LockClass::shared && is_owner(row.state)));
      CHECK(row.lvb == rows.front().lvb);
      CHECK(owners.insert(row.host).second);
    }
  }
}

// Nobody but its host ends a live ownership, and nothing is granted beside it that excludes it.
void check_step(const std::vector<Record>& before, const MutexCommand& command, Status status,
                const std::vector<Record>& after) {
  if (status != Status::good) CHECK(before == after);
  for (const Record& record : before) {
    if (!is_locked(record.state) || record.countdown == kInfiniteCountdown) continue;
    if (record.host == command.record.host && record.lock == command.record.lock) continue;
    const bool still = std::ranges::any_of(after, [&](const Record& other) {
      return other.lock == record.lock && other.host == record.host && is_locked(other.state) &&
             other.lock_class == record.lock_class;
    });
    CHECK(still);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  Drive drive({.records = 6, .hosts = 3, .sharers = 2 + (data[0] & 1u)}, {.keep_last_shared = (data[0] & 2) != 0,
                                                                          .relock_conflicts = (data[0] & 4) != 0,
                                                                          .idle_unlock_conflicts = (data[0] & 8) != 0,
                                                                          .break_own = (data[0] & 16) != 0});
  Time now{0};
  for (std::size_t at = 1; at + 4 <= size; at += 4) {
    now += std::chrono::milliseconds(data[at + 3]);
    const MutexCommand command = from_bytes(data[at], data[at + 1], data[at + 2]);
    const auto before = drive.records(now);
    const Status status = drive.execute(command, now).status;
    check_step(before, command, status, drive.records(now));
    check_table(drive, now);
  }
  return 0;
}
