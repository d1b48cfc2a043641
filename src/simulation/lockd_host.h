// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "idm/daemon/service.h"
#include "lockd/core.h"
#include "lockd/managers/idm/line_client.h"
#include "simulation/process.h"

namespace lvm::simulation {

class LvmCommand;

// A machine as it is used: idmlockd without its sockets, lvmlockd without its sockets and threads and with its real way
// to idmlockd, commands, and an LV that is active, or not, whatever happens to the processes.
class LockdHost final : public Host, public idm::Machine, public Resolver {
 public:
  LockdHost(World& world, int number);
  ~LockdHost() override;
  bool owns_lv() const override { return up_ && active_ == Mode::exclusive; }
  const Manager* manager() const override { return service_ ? &service_->manager() : nullptr; }
  void kill_others() override;
  void begin_finale() override;
  bool succeeded(Which which) const override { return finale_won_[which]; }

  // For commands.
  struct Lockd;
  Lockd* lockd() { return lockd_.get(); }
  // One at a time for each user of locks on this machine.
  int user(int slot) const { return number_ * kUsers + slot; }
  Mode active() const { return active_; }
  void set_active(Mode mode) { active_ = mode; }
  int lv_user() const { return user(kUsers - 1); }
  bool finale() const { return finale_; }
  void won(Which which) { finale_won_[which] = true; }
  // A command that changes something runs.
  bool changing() const;
  bool vg_started = false, vg_killed = false;  // as far as its administrator knows
  std::vector<std::string> drives_of(const DriveSet& set) const;

  static constexpr int kSlots = 2, kKiller = kSlots, kUsers = 4;
  static constexpr std::string_view kVgUuid = "v", kLvUuid = "l", kVgName = "vg";

 private:
  class PipeExchange;
  class CountingTransport;
  // lvmlockd's connection to idmlockd.
  struct Pipe {
    Service::ClientId client = 0;
    bool open = true;
    bool answered = false;
    std::string reply;
    std::function<void()> wake;
    std::optional<std::uint64_t> value;  // to be stored with the unlock
    std::uint64_t floor = 0;             // had been seen when the present read began
  };
  using PipePtr = std::shared_ptr<Pipe>;

  void switched_on() override;
  void switched_off() override;
  void go_on() override;
  void start_manager() override;
  void stop_manager() override;
  void manager_started(bool again) override;
  // idmlockd's machine.
  void fence(const std::string& space, FenceStage stage, const FencePlan& plan) override;
  void journal(const JournalEntry& entry) override { journal_entry(entry); }
  void say(const std::string&) override {}
  std::uint64_t wall_milliseconds() override { return static_cast<std::uint64_t>(clock().count() / 1'000'000); }
  std::uint64_t random() override { return world_.random.next(); }
  Result<std::vector<DriveId>> drives_below(const std::string& path) override;

  // Between lvmlockd and idmlockd.
  Result<std::unique_ptr<lockd::idm::Exchange>> connect();
  Result<std::string> exchange(const PipePtr& pipe, const std::string& line);
  void close(const PipePtr& pipe);
  void look_at_output();
  void watch_request(Pipe& pipe, const std::string& line);
  void watch_reply(Pipe& pipe, const std::string& line, const std::string& reply);
  const Placement* vg_placement() const;

  void start_lockd();
  void stop_lockd();
  void adopt();
  void settle_lockd();
  void plan_command(int slot, Time soonest, Time latest);
  void begin_command(int slot);

  std::unique_ptr<ProcessTimers> manager_timers_, machine_timers_;
  std::unique_ptr<CountingTransport> counting_;
  std::unique_ptr<Service> service_;
  std::vector<PipePtr> pipes_;
  std::unique_ptr<Lockd> lockd_;
  std::string adopt_file_;
  std::array<std::unique_ptr<LvmCommand>, kSlots + 1> commands_;
  Mode active_ = Mode::unlocked;
  std::uint64_t lockd_lives_ = 0;
  bool finale_ = false, finale_won_[kLocks] = {};
};

// The process that is killed.
struct LockdHost::Lockd {
  explicit Lockd(LockdHost& host)
      : timers(host, [&host] { host.settle_lockd(); }), executor(timers), life(++host.lockd_lives_) {}
  ProcessTimers timers;
  FiberExecutor executor;
  std::unique_ptr<lockd::Core> core;
  Timers::Id due = 0;
  Time due_at = Time::max();
  const std::uint64_t life;
  bool serves = false;  // clients that come before the locks are adopted wait
};

}  // namespace lvm::simulation
