// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "idm/record.h"

// What can be asked of a drive and what it answers, independent of SCSI, NVMe and of the emulated drive.
namespace lvm::idm {

enum class Operation : std::uint8_t {
  normal = 0,  // with group `inquiry`: forget all mutexes
  init = 1,
  try_lock = 2,
  lock = 3,  // would wait in the drive; no known drive or host uses it
  unlock = 4,
  refresh = 5,     // renew, and convert to the record's class
  break_lock = 6,  // take over from owners whose leases ended
  destroy = 7,
};
std::string_view name(Operation operation);

// A drive's answer. These are *lock* answers: the command reached the drive, ran there, and the reply came back.
enum class Status : std::uint8_t {
  good,
  conflict,           // somebody else owns it, or the asking host does not
  terminated,         // try_lock: already mine; refresh: other sharers; unlock: other class
  busy,               // the drive asks for a retry; nothing was done
  not_found,          // no such mutex
  table_full,         // no room for another record
  hosts_full,         // no room for another host
  sharers_full,       // no room for another host in this mutex
  invalid_operation,  // the drive does not know the operation: nothing was done
  failed,             // failed for another reason; the next four say which
  failed_reverse_owner,
  failed_state,
  failed_class,
  failed_owner,
};
inline constexpr std::size_t kStatusCount = 14;
std::string_view name(Status status);

// The errno that Seagate's lock manager reports for an answer, 0 or negative: the same status means different
// things to different operations. Reads count as `normal`.
int to_errno(Operation operation, Status status);

// Sends one record: every operation but normal. The drive looks at lock, host, class, countdown, time, and for
// unlock at control and lvb.
struct MutexCommand {
  Operation operation = Operation::try_lock;
  Record record;
};
// The first `count` records of the table, in the drive's order; ends early when there are fewer.
struct ReadRecords {
  std::uint32_t count = 0;
};
struct ReadCounts {};
// Forgets every mutex of the drive. For test set-ups: it breaks all locks of all hosts.
struct ResetTable {};
// Asks, by standard commands only, whether the drive knows in-drive mutexes and which version.
struct Probe {};
using Command = std::variant<MutexCommand, ReadRecords, ReadCounts, ResetTable, Probe>;

// Which row of the errno table a command belongs to.
Operation operation_of(const Command& command);

// Whether the command may be sent again when nobody knows if it ran: once or twice, the drive's state and the
// answer are the same.
bool repeatable(const Command& command);

struct Counts {
  struct Class {
    std::uint16_t total = 0, locked = 0, unlocked = 0, multiple_locked = 0, timed_out = 0;
    friend bool operator==(const Class&, const Class&) = default;
  };
  std::uint16_t total = 0;
  Class exclusive, protected_write, shared;
  friend bool operator==(const Counts&, const Counts&) = default;
};

struct Version {
  std::uint8_t major = 0, minor = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
};

struct Reply {
  Status status = Status::good;
  std::vector<Record> records;  // of ReadRecords, without the filler
  Counts counts;                // of ReadCounts
  Version version;              // of Probe
};

}  // namespace lvm::idm
