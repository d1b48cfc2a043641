// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "idm/in_process_transport.h"
#include "idm/manager/manager.h"
#include "idm/simulation/world.h"

namespace lvm::idm::simulation {

// A machine: its clock, its paths to the drives, its lock manager with the journal, its watchdog, and one client that
// uses what the locks protect.
class Host final : public ManagerPort {
 public:
  Host(World& world, int number);

  void kill_daemon();
  void pause(Time duration);
  void resume();
  void reset(const std::string& why);
  Link& link(std::size_t drive) { return *links_[drive]; }
  bool up() const { return up_; }
  // Writes to the LV alone.
  bool owns_lv() const { return up_ && uses_[kLv].able && uses_[kLv].mode == Mode::exclusive; }
  bool running() const { return manager_ != nullptr && !paused_; }
  const Manager* manager() const { return manager_.get(); }
  // The end of a history: has this lock been had exclusively?
  void begin_finale();
  bool succeeded(Which which) const { return finale_won_[which]; }

 private:
  enum class Doing : std::uint8_t { nothing, asking, holding, converting, placing, releasing, lost };
  struct Use {
    Doing doing = Doing::nothing;
    Mode mode = Mode::unlocked, target = Mode::unlocked;
    bool able = false;      // may write, as far as the client knows
    bool attached = false;  // this daemon knows that the client holds it
    bool fresh = false;     // asked for anew, not taken back from before the daemon's end
    RequestId request = 0;
    std::uint64_t generation = 0, value = 0;
    Placement placement;
  };

  // host.cc: the machine.
  Time clock() { return clock_at(world_.now()); }
  Time clock_at(Time when) const { return offset_ + when + Time(when.count() / 1'000'000 * skew_); }
  Time world_time(Time clock) const;
  void boot();
  void start_daemon(Time fed);
  template <class Action>
  void with(Action action) {
    if (manager_ == nullptr) return;
    action(*manager_, clock());
    drain();
    arm();
  }
  void arm();
  void drain();
  void feed();
  void guard();
  void count_half_brain(const Lock& lock, Time now);
  void send(const CommandTicket& ticket, const DriveId& drive, Command command) override;
  void answer(RequestId request, const Answer& answer) override { answers_.emplace_back(request, answer); }
  void tell(const CommandTicket& ticket, const DriveId& drive, const Command& command);
  void tell(const CommandTicket& ticket, const DriveId& drive, const Outcome& outcome);
  void journal(const JournalEntry& entry) override;
  void fence(SpaceId space, const std::string& name, FenceStage stage, const FencePlan& plan) override;
  std::uint64_t wall_milliseconds() override { return static_cast<std::uint64_t>(clock().count() / 1'000'000); }
  std::uint64_t random() override { return world_.random.next(); }

  // client.cc: what uses the locks.
  void plan_act(Time soonest, Time latest);
  void act();
  void act_vg();
  void act_lv();
  void act_finale();
  void act_siege();
  void reattach(Which which);
  void ask(Which which, Mode mode, Time wait);
  void convert(Which which, Mode mode);
  void release(Which which);
  void change_placement(Which which);
  void place(Which which, const Placement& placement);
  void finish_placement(Which which);
  void stop_using(Which which);
  bool holds(Which which) const { return uses_[which].doing == Doing::holding && uses_[which].able; }
  void told(RequestId request, const Answer& answer);
  void told_asked(Which which, const Answer& answer);
  void told_converted(Which which, const Answer& answer);
  void told_placed(Which which, const Answer& answer);
  void told_released(Which which, const Answer& answer);
  void told_value(const Answer& answer);
  void told_holders(const Answer& answer);
  void granted(Which which);

  World& world_;
  const int number_;
  const std::int64_t skew_, watchdog_skew_;  // millionths
  const Time offset_;
  std::unique_ptr<InProcessTransport> transport_;
  std::vector<Link*> links_;
  std::unique_ptr<Manager> manager_;
  std::map<std::pair<HostId, LockId>, JournalEntry> journal_;
  bool up_ = false, paused_ = false;
  std::uint64_t boots_ = 0, daemons_ = 0, pauses_ = 0;
  Time fed_{0};
  Timers::Id armed_ = 0;
  Time armed_at_ = Time::max();
  SpaceId space_ = 0;
  RequestId last_request_ = 0, value_request_ = 0, holders_request_ = 0;
  std::vector<std::pair<RequestId, Answer>> answers_;
  bool draining_ = false;
  std::uint64_t value_floor_ = 0;  // had been seen when the present read began
  Use uses_[kLocks];
  Placement next_placement_[kLocks];
  bool finale_ = false, finale_won_[kLocks] = {};
};

}  // namespace lvm::idm::simulation
