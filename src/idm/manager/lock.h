// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "idm/manager/ownership.h"
#include "idm/manager/types.h"
#include "idm/transport.h"

namespace lvm::idm {

// Names a command on its way, so that its answer finds back.
struct CommandTicket {
  std::uint64_t serial = 0;  // of the lock or query
  std::uint32_t member = 0;  // index of the drive in it
  std::uint32_t sequence = 0;
};

class Lock;

// What a lock needs from its manager. None of these calls back into the lock.
class LockPort {
 public:
  virtual ~LockPort() = default;
  virtual void send(const CommandTicket& ticket, const DriveId& drive, Command command) = 0;
  // The lock's request is done.
  virtual void done(Lock& lock, Failure failure) = 0;
  // What takes back or shares what this owner has may still run in a drive: his id must not be used for a new
  // acquisition.
  virtual void taint(Lock& lock) = 0;
  // The next attempt at an acquisition needs another owner's id: a new lock object goes on with the request.
  virtual void start_over(Lock& lock) = 0;
  virtual std::uint64_t wall_milliseconds() = 0;
  virtual std::uint64_t random() = 0;
};

// One acquisition of one lock by one client, from the first command to the last clean-up: a deterministic state
// machine over the drives that vote.
//  - At most one command per drive is on its way.
//  - A lease counts from before its command was sent.
//  - What a drive holds is believed only when an answer said so; a command without a certain end never strengthens.
//  - Once the leases that keep others out have run down, the lock is lost for good, whatever drives answer later.
class Lock {
 public:
  enum class State : std::uint8_t {
    claiming,     // asking the drives
    backing_off,  // somebody else had some of them: all are given back, then asked again
    adopting,     // a former process held it: are its records still there?
    held,
    lost,       // leases ran down unrenewed; nothing is sent any more
    releasing,  // giving the drives back, as long as it takes
    gone,
  };
  enum class Task : std::uint8_t { none, acquire, convert, place, release };

  struct Setup {
    std::uint64_t serial = 0;
    SpaceId space = 0;
    LockId id;
    HostId owner;
    std::string host_name;
    Mode mode = Mode::exclusive;
    Placement placement;
    Time lease{0};
  };
  Lock(const Setup& setup, const Rules& rules);

  // Each begins a request, which ends with LockPort::done. `wait_until`: when to give up on contention and on drives
  // that do not answer; one attempt is made in any case.
  void acquire(LockPort& port, Time now, RequestId request, Time wait_until, std::uint32_t attempt = 0);
  void convert(LockPort& port, Time now, RequestId request, Mode mode, Time wait_until);
  void place(LockPort& port, Time now, RequestId request, const Placement& placement, Time wait_until);
  void release(LockPort& port, Time now, RequestId request);
  // Is it still ours, from before this process was? Held or lost by `wait_until`. `weak`: what weak_drives() was there.
  void adopt(LockPort& port, Time now, Time wait_until, const std::vector<DriveId>& weak);
  // Where a command may still run that shares an exclusive lock: they do not count.
  std::vector<DriveId> weak_drives() const;
  // False: for tests of what happens without renewal. Nothing is renewed, nothing is called lost.
  void set_renewing(LockPort& port, Time now, bool renewing);

  void answered(LockPort& port, Time now, const CommandTicket& ticket, const Outcome& outcome);
  void tick(LockPort& port, Time now);
  // When tick() has something to do.
  Time wake() const { return wake_; }

  // Written into the drives with the release.
  void set_lvb(const LvbValue& value);
  // What a read found that began in this tenure. Drives that join later get it too.
  void note_lvb(const LvbValue& value, std::uint64_t tenure);
  // Another number whenever somebody else may have stored a value since, or on drives that do not decide any more.
  std::uint64_t tenure() const { return tenure_; }

  std::uint64_t serial() const { return setup_.serial; }
  SpaceId space() const { return setup_.space; }
  void set_space(SpaceId space) { setup_.space = space; }
  const Setup& setup() const { return setup_; }
  const LockId& id() const { return setup_.id; }
  Mode mode() const { return setup_.mode; }
  State state() const { return state_; }
  Task task() const { return task_; }
  RequestId request() const { return request_; }
  Time wait_until() const { return wait_until_; }
  std::uint32_t attempt() const { return attempt_; }
  const std::optional<Holder>& holder() const { return holder_; }
  bool renewing() const { return renewing_; }
  bool was_broken() const;
  // Whether enough drives can ever count as exclusive: not where a command of this owner that makes it shared may still
  // run, however late.
  bool promotable() const;
  // What set_lvb() left to be written, which this lock does not write any more.
  std::optional<LvbValue> take_lvb();
  bool alive(Time now) const { return now < deadline(); }
  // The time of sending that all leases of the weakest sufficient choice of drives have behind them.
  Time base() const;
  // Nobody else can have it before this time; it must be out of use then.
  Time deadline() const;
  // How many of its drives may fail or forget before it is lost.
  std::size_t spare(Time now) const;

  struct DriveView {
    std::optional<DriveId> drive;
    bool held = false, exclusive = false, busy = false, leaving = false;
    bool votes = false;  // keeps the lock while its lease runs
    Time renewed{0};
    std::uint64_t errors = 0;
  };
  std::vector<DriveView> drives() const;

 private:
  enum class Verdict : std::uint8_t { open, granted, contended, failed, full };
  enum class Step : std::uint8_t {
    try_lock,
    read_table,
    break_lock,
    refresh,
    find_victim,
    destroy,
    read_value,  // does the value that belongs there stand there? Before a vote in a new placement, and after an unlock
    store_value,  // it does not: an unlock puts it there, and the drive is asked for the lock again
    unlock,
    leave
  };

  struct Member {
    std::optional<DriveId> drive;
    bool leaving = false;    // votes no more; its record is to be given back
    bool held = false;       // our record stands there, owner all the time since
    bool exclusive = false;  // and its class, as far as is certain
    bool maybe = false;      // a command without a certain end may have left a record
    bool weakened = false;   // one that makes it shared may still run, unanswered: never counts as exclusive
    bool poisoned = false;   // an unlock may still run: never counts
    bool unsure = false;     // a command that makes a record may still run: no value may meet that one later
    bool behind = false;  // one that was on its way when the lock was given up made it: read before a value is stored
    bool broken = false;  // taken over from an owner whose lease had ended
    bool drops_dead = false;  // a break would: the table names an expired owner that has not left
    bool restore = false;     // `saved` is written back when the drive is released
    bool owes = false;        // and the drive may not have it: it joined later, had forgotten, or missed the last one
    bool verify = false;      // it votes in a new placement when it is known to have it
    bool stored = false;      // the value that the client set stands there
    bool storing = false;     // the command on its way has it
    Time renewed{0};          // when the command was sent that got or renewed it
    Lvb saved{};              // the value that belongs there
    // The command on its way.
    bool busy = false;
    bool giving_back = false;  // it was sent to release the drive
    Step sent_step = Step::try_lock;
    Mode sent_mode = Mode::unlocked;
    Time sent{0};
    std::uint32_t sequence = 0;
    // What comes next.
    Verdict verdict = Verdict::open;
    Step next = Step::try_lock;
    std::uint8_t tries = 0;
    bool flipped = false;  // unlock: the other class is tried
    Time retry_at{0};
    std::uint32_t table_size = 64;
    std::optional<LockId> victim;
    std::uint64_t errors = 0;
  };
  struct Votes {
    std::size_t size = 0;
    std::vector<std::uint32_t> members;
  };
  struct Tally {
    std::size_t granted = 0, open = 0, contended = 0, failed = 0, full = 0;
  };

  Time part(int thousandths) const { return Time(setup_.lease.count() / 1000 * thousandths); }
  std::vector<Votes> seat(const Placement& placement);
  bool stays_on_a_set(const Placement& placement) const;
  void owe_values(std::size_t known, const Placement& placement);
  void begin_tenure();
  bool promoting() const { return task_ == Task::convert && target_ == Mode::exclusive; }
  Mode wanted() const { return promoting() ? Mode::exclusive : setup_.mode; }
  bool gives_back(const Member& member) const {
    return member.leaving || state_ == State::backing_off || state_ == State::releasing;
  }

  // lock.cc: what happens when.
  void ask_all(Time now);
  void run(LockPort& port, Time now);
  void step(LockPort& port, Time now, std::uint32_t index);
  void send(LockPort& port, Time now, std::uint32_t index, Step step, Mode mode);
  void check_lost(LockPort& port, Time now);
  void open_again(Time now);
  void finish(LockPort& port, Failure failure);
  void plan_wake(Time now);

  // claim.cc: getting and renewing one drive.
  struct TableView {
    bool complete = false, mine = false, others = false, live = false, leaving = false, dead = false;
    Lvb newest{}, own{};
  };
  TableView look(Member& member, const std::vector<Record>& table);
  void claim_answered(Time now, Member& member, const Outcome& outcome);
  void claim_granted(Time now, Member& member);
  void claim_refused(Time now, Member& member, Status status);
  void claim_failed(Time now, Member& member, const TransportError& error);
  void record_gone(Time now, Member& member);
  void refuse(Time now, Member& member);
  void table_read(Time now, Member& member, const std::vector<Record>& table);
  void value_read(Time now, Member& member, const std::vector<Record>& table);
  void victim_read(Time now, Member& member, const std::vector<Record>& table);

  // release.cc: giving one back.
  void begin_release(Time now);
  void leave_all_but(const std::vector<Votes>& sets, Time now);
  void start_back(Member& member) const;
  Step last_step(const Member& member) const;
  bool keeps_value(const Member& member) const;
  bool has_value() const;
  void given_back(Member& member, Verdict verdict);
  void released_one(Time now, Member& member, const std::vector<Record>& table);
  void others_read(Time now, Member& member, const std::vector<Record>& table);
  void stored_read(Member& member, const Outcome& outcome);
  void release_answered(Time now, Member& member, const Outcome& outcome);
  void may_run_later(LockPort& port, Member& member);

  // votes.cc: counting.
  static bool makes_a_record(const Member& member);
  static bool shares(const Member& member);  // what is exclusive
  static bool may_be_shared(const Member& member);
  bool eligible(const Member& member, Mode mode) const;
  bool counts(const Member& member, Mode mode, Time now) const;
  Tally tally(const Votes& votes, Time now) const;
  bool won(const std::vector<Votes>& sets, Time now) const;
  bool kept_without(const Member& member, Time now) const;
  bool undecided(const std::vector<Votes>& sets, Time now) const;
  Failure verdict_of(const std::vector<Votes>& sets, Time now) const;
  Time base_of(const Votes& votes) const;
  void evaluate(LockPort& port, Time now);
  void evaluate_claim(LockPort& port, Time now);
  void evaluate_convert(LockPort& port, Time now);
  void evaluate_place(LockPort& port, Time now);
  void evaluate_adopt(Time now);
  void evaluate_release(LockPort& port, Time now);
  void give_up(LockPort& port, Time now, Failure failure);
  Failure release_verdict(Time now) const;
  bool stored() const;
  void back_off(LockPort& port, Time now);

  Setup setup_;
  const Rules& rules_;
  State state_ = State::gone;
  std::vector<Member> members_;
  std::vector<Votes> sets_, next_sets_;
  Placement next_placement_;
  Task task_ = Task::none;
  RequestId request_ = 0;
  Mode target_ = Mode::unlocked;
  Time wait_until_{0};  // no further attempt begins after this
  Time patience_{0};    // and drives that have not answered by now count as failed
  Time back_until_{0}, renew_at_{0}, give_up_at_{0}, wake_{0};
  Time asked_at_{0};  // when every drive was last asked
  std::uint32_t attempt_ = 0;
  bool renewing_ = true;
  bool placing_again_ = false;  // a new placement is asked for again at back_until_
  std::uint64_t since_ = 0;
  std::optional<Holder> holder_;
  std::optional<Lvb> lvb_;        // to be written with the release
  std::optional<Lvb> known_lvb_;  // as read in this tenure, exclusive: all zeros when nobody ever wrote one
  std::uint64_t tenure_ = 0;
  Failure pending_ = Failure::none;  // the acquisition failed so; told when the drives have been given back
};

}  // namespace lvm::idm
