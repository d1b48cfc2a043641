// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "idm/command.h"
#include "idm/timers.h"

// An emulated drive with in-drive mutexes: the state machine of docs/formats/idm.md, on a time its caller
// passes in. No thread, no wall clock, no I/O.
namespace lvm::idm {

struct DriveLimits {
  std::size_t records = 4000;  // one per mutex and host
  std::size_t hosts = 256;     // different hosts in all records
  std::size_t sharers = 256;   // hosts of one mutex
};

// Where firmware is known to differ. The defaults are the drives of today.
struct DriveBehaviour {
  Version version{8, 4};
  bool supported = true;               // false: an ordinary drive that knows no in-drive mutexes
  bool keep_last_shared = false;       // the last shared unlock leaves an unlocked record, with its value
  bool relock_conflicts = false;       // 2020: try_lock by the owner answers conflict, not terminated
  bool idle_unlock_conflicts = false;  // 2020: unlock of an unlocked mutex answers conflict
  bool break_own = false;              // 2020: break by the only owner succeeds
  bool infinite_breakable = true;      // an owner without an end may be broken at any time
};

// What goes wrong on purpose. Counters count down with each command they hit.
struct DriveFaults {
  static constexpr std::uint64_t kAlways = ~std::uint64_t{0};
  bool gone = false;                // every command fails before it runs
  Time delay{0};                    // before a command runs
  Time reply_delay{0};              // between running and the reply
  std::uint64_t lose_requests = 0;  // never run, never answered
  std::uint64_t lose_replies = 0;   // run, never answered
  std::uint64_t busy = 0;           // answered with Status::busy, not run
  std::uint64_t nonsense = 0;       // run, answered with bytes that mean nothing
};

class Drive {
 public:
  explicit Drive(DriveLimits limits = {}, DriveBehaviour behaviour = {});

  // Runs one command at `now`, which never goes back. Faults are not looked at.
  Reply execute(const Command& command, Time now);

  // The way a front end asks: what becomes of a command that arrives now. `refused`, `lost_request`, `busy`:
  // do not execute it. Takes one from the fault's counter.
  enum class Fate : std::uint8_t { normal, refused, lost_request, lost_reply, busy, nonsense };
  Fate next_fate();
  DriveFaults faults;

  // Forgets every mutex, as a firmware update or a loss of power may.
  void drop_records() { mutexes_.clear(), hosts_.clear(), record_count_ = 0; }
  // From `now` on the drive's clock runs at 1 + millionths/1e6 of the caller's, and jumps ahead by `jump`.
  void set_clock(Time now, std::int64_t millionths, Time jump = Time{0});

  std::int64_t clock_millionths() const { return millionths_; }

  std::size_t record_count() const { return record_count_; }
  const DriveLimits& limits() const { return limits_; }
  const DriveBehaviour& behaviour() const { return behaviour_; }
  // All records in order, with the states they have at `now`.
  std::vector<Record> records(Time now);

 private:
  struct Row {
    Record record;  // state locked, unlocked or timed_out
    Time renewed{0};
    std::uint64_t number = 0;  // order of creation: the order of reads
  };
  using Rows = std::vector<Row>;
  using Mutexes = std::unordered_map<LockId, Rows>;

  // All of these take the drive's own time.
  Time drive_time(Time now) const;
  void expire(Rows& rows, Time now) const;
  std::vector<Record> table(Time now);
  Counts counts(Time now);
  Status run(const MutexCommand& command, Time now);
  Status create(const Record& request, Time now);
  Status try_lock(Rows& rows, const Record& request, Time now);
  Status refresh(Rows& rows, const Record& request, Time now);
  Status unlock(Mutexes::iterator found, const Record& request);
  Status break_lock(Rows& rows, const Record& request, Time now);
  Status destroy(Mutexes::iterator found);

  static Row* owned_by(Rows& rows, const HostId& host);
  static bool owned_by_others(const Rows& rows, const HostId& host);
  Status room_for(std::size_t sharers, const HostId& host) const;
  bool host_fits(const HostId& leaving, const HostId& coming) const;
  void add_row(Rows& rows, const Record& request, const Lvb& lvb, Time now);
  void own(Row& row, const Record& request, Time now);
  void replace_host(Row& row, const HostId& host);
  void remove_row(Rows& rows, std::size_t index);
  void host_gone(const HostId& host);

  DriveLimits limits_;
  DriveBehaviour behaviour_;
  Mutexes mutexes_;
  std::unordered_map<HostId, std::size_t> hosts_;  // rows of each
  std::size_t record_count_ = 0;
  std::uint64_t last_number_ = 0;
  // The drive's clock: it stood at drive_base_ when the caller's was base_.
  Time base_{0}, drive_base_{0};
  std::int64_t millionths_ = 0;
};

}  // namespace lvm::idm
