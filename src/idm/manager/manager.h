// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <memory>
#include <queue>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "idm/manager/lock.h"
#include "idm/manager/query.h"

namespace lvm::idm {

// What must outlive the process, so that the next one can go on: written before a lock is granted, and taken back
// before it is released.
struct JournalEntry {
  bool held = false;
  std::string space;
  HostId host;   // of the space
  HostId owner;  // of the lock, as drives know it
  FencePlan plan;
  LockId lock;
  Mode mode = Mode::unlocked;
  Time lease{0};
  Placement placement;
  std::vector<DriveId> weak;  // where a command may still run that shares what is exclusive

  friend bool operator==(const JournalEntry&, const JournalEntry&) = default;
};

// The lock manager's way out. None of these calls back into it.
class ManagerPort {
 public:
  virtual ~ManagerPort() = default;
  virtual void send(const CommandTicket& ticket, const DriveId& drive, Command command) = 0;
  virtual void answer(RequestId request, const Answer& answer) = 0;
  virtual void journal(const JournalEntry& entry) = 0;
  virtual void fence(SpaceId space, const std::string& name, FenceStage stage, const FencePlan& plan) = 0;
  virtual std::uint64_t wall_milliseconds() = 0;
  virtual std::uint64_t random() = 0;
};

// The lock manager of one host, without any I/O: requests, drives' answers and the time go in, commands, answers and
// fencing come out. The same inputs give the same outputs. One thread.
//
// A space is one client's collection of locks, with one identity towards the drives and one plan of what to do when
// its leases cannot be renewed. A request's answer may come before the call returns.
class Manager final : private LockPort {
 public:
  Manager(ManagerPort& port, const Rules& rules, std::string host_name);

  SpaceId open_space(std::string name, const HostId& host, const FencePlan& plan);
  bool known(SpaceId space) const { return spaces_.contains(space); }
  const HostId& host_of(SpaceId space) const { return spaces_.at(space).host; }
  void set_host(SpaceId space, const HostId& host) { spaces_.at(space).host = host; }
  FencePlan& plan_of(SpaceId space) { return spaces_.at(space).plan; }
  // All its locks are released. The client says that it has stopped using what they protect.
  void close_space(Time now, SpaceId space);
  // The client is gone without a word: what it holds may be in use. Its locks are kept and renewed until somebody
  // else on this host asks for them, or the space is closed.
  void orphan_space(Time now, SpaceId space);
  void set_renewing(Time now, SpaceId space, bool renewing);

  void acquire(Time now, RequestId request, SpaceId space, const LockId& lock, Mode mode, const Placement& placement,
               Time lease, Time wait);
  void convert(Time now, RequestId request, SpaceId space, const LockId& lock, Mode mode);
  void place(Time now, RequestId request, SpaceId space, const LockId& lock, const Placement& placement, Time wait);
  void release(Time now, RequestId request, SpaceId space, const LockId& lock);
  void write_lvb(RequestId request, SpaceId space, const LockId& lock, const LvbValue& value);
  void read_lvb(Time now, RequestId request, SpaceId space, const LockId& lock);
  // A held lock's own drives are asked, whatever the placement says.
  void query(Time now, RequestId request, SpaceId space, Query::Kind kind, const LockId& lock,
             const Placement& placement);
  // The request's client is gone: what it would have got is given back.
  void adopt(Time now, const JournalEntry& entry);

  void answered(Time now, const CommandTicket& ticket, const Outcome& outcome);
  void tick(Time now);
  Time wake() const;

  // Until then nobody else can have a lock of a space that wants the watchdog. The machine's watchdog may be fed when
  // it would strike before.
  Time safe_until(Time now) const;
  bool wants_watchdog() const;

  struct SpaceView {
    SpaceId id = 0;
    std::string name;
    HostId host;
    bool orphan = false, renewing = true, fenced = false;
    FenceStage stage = FenceStage::none;
    FencePlan plan;
    std::size_t locks = 0;
  };
  std::vector<SpaceView> spaces() const;
  std::vector<const Lock*> locks() const;
  const Lock* find(SpaceId space, const LockId& lock) const;
  const Rules& rules() const { return rules_; }

 private:
  struct Space {
    std::string name;
    HostId host;
    FencePlan plan;
    bool orphan = false, renewing = true, fenced = false;
    std::uint32_t epoch = 0;  // of the owners' ids, see owner_of
    FenceStage stage = FenceStage::none;
    Time stage_at{0};
  };
  struct Promotion {
    RequestId request = 0;
    SpaceId heir = 0;
  };
  struct Slot {
    std::unique_ptr<Lock> lock;
    Time scheduled = Time::max();
    bool visible = true;    // a client knows it
    bool outlived = false;  // its clean-up went on after its client was answered
    std::optional<LvbValue> lvb;
    SpaceId heir = 0;  // gets an orphan when it has become what the heir asked for
    // A sharer that late commands of its own might weaken becomes exclusive under another owner's id, see promote().
    std::optional<Promotion> promotion;  // waits for that, in the slot that the client knows
    std::uint64_t twin = 0;              // the lock that takes this one's place
    std::uint64_t twin_of = 0;           // whose place it takes, until it has it
  };
  using Due = std::pair<Time, std::uint64_t>;
  using Key = std::pair<SpaceId, LockId>;

  void send(const CommandTicket& ticket, const DriveId& drive, Command command) override;
  void done(Lock& lock, Failure failure) override;
  void taint(Lock& lock) override;
  void start_over(Lock& lock) override;
  std::uint64_t wall_milliseconds() override { return port_.wall_milliseconds(); }
  std::uint64_t random() override { return port_.random(); }

  Slot* slot_of(SpaceId space, const LockId& lock);
  Slot* orphan_of(const LockId& lock);
  Lock& make(SpaceId space, const LockId& id, Mode mode, const Placement& placement, Time lease, const HostId& owner);
  Slot& make_hidden(SpaceId space, const LockId& id, Mode mode, const Placement& placement, Time lease,
                    const HostId& owner);
  static HostId owner_of(const Space& space);
  // Held, and nothing else is asked of it.
  static bool idle(const Slot& slot);
  void take_over(Time now, Slot& slot, RequestId request, SpaceId space, Mode mode);
  void hand_over(Slot& slot, SpaceId space);
  void promote(Time now, Slot& slot, RequestId request, SpaceId heir);
  void take_place(Time now, Slot& twin);
  void go_on_with_twin(Time now, Slot& slot);
  void end_promotion(Slot& slot, Failure failure);
  void cancel_promotion(Time now, Slot& slot, Failure failure);
  void hide(Lock& lock);
  void settle(Time now, std::uint64_t serial);
  Time watch(Time now, Lock& lock);
  void space_is_empty(SpaceId space);
  void finish_query(Time now, std::uint64_t serial);
  void schedule(Time when, std::uint64_t serial);
  void record(const Lock& lock, bool held);
  // The owners' ids of locks that no client has any more, and some drive may still have.
  std::vector<HostId> given_back(const LockId& lock) const;
  void fail(RequestId request, Failure failure);

  ManagerPort& port_;
  Rules rules_;
  std::string host_name_;
  Time now_{0};
  std::uint64_t last_serial_ = 0;
  SpaceId last_space_ = 0;
  std::unordered_map<SpaceId, Space> spaces_;
  std::unordered_map<std::uint64_t, Slot> slots_;
  std::unordered_map<std::uint64_t, Query> queries_;
  std::map<Key, std::uint64_t> index_;  // what clients hold or ask for
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

}  // namespace lvm::idm
