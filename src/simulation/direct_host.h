// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "simulation/host.h"

namespace lvm::simulation {

// A machine whose one client speaks to the lock manager itself.
class DirectHost final : public Host, public ManagerPort {
 public:
  using Host::Host;
  bool owns_lv() const override { return up_ && uses_[kLv].able && uses_[kLv].mode == Mode::exclusive; }
  const Manager* manager() const override { return manager_.get(); }
  void begin_finale() override;
  bool succeeded(Which which) const override { return finale_won_[which]; }

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

  // direct_host.cc: the machine's part.
  bool running() const { return manager_ != nullptr && !paused_; }
  void switched_on() override;
  void switched_off() override;
  void go_on() override;
  void start_manager() override;
  void stop_manager() override;
  void manager_started(bool again) override { plan_act(Time{0}, again ? kSecond : 3 * kSecond); }
  template <class Action>
  void with(Action action) {
    if (manager_ == nullptr) return;
    action(*manager_, clock());
    drain();
    arm();
  }
  void arm();
  void drain();
  void send(const CommandTicket& ticket, const DriveId& drive, Command command) override;
  void answer(RequestId request, const Answer& answer) override { answers_.emplace_back(request, answer); }
  void journal(const JournalEntry& entry) override { journal_entry(entry); }
  void fence(SpaceId space, const std::string& name, FenceStage stage, const FencePlan& plan) override;
  std::uint64_t wall_milliseconds() override { return static_cast<std::uint64_t>(clock().count() / 1'000'000); }
  std::uint64_t random() override { return world_.random.next(); }

  // direct_client.cc: what uses the locks.
  void plan_act(Time soonest, Time latest);
  void act();
  void act_vg();
  void act_lv();
  void act_finale();
  void act_siege();
  void reattach(Which which);
  void ask(Which which, Mode mode, Time wait);
  void ask_somehow(Which which, std::uint32_t exclusive_percent, Time most);
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

  std::unique_ptr<Manager> manager_;
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

}  // namespace lvm::simulation
