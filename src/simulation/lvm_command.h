// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>

#include "idm/random.h"
#include "simulation/lockd_host.h"

namespace lvm::simulation {

// A command on a shared VG: what it asks lvmlockd for, in which order, and what it does in between. It blocks, on a
// fiber; it outlives the lvmlockd that it was connected to, and may be killed.
class LvmCommand {
 public:
  enum class Kind : std::uint8_t {
    none,
    start_vg,  // vgchange --lock-start
    stop_vg,
    report,     // vgs
    change_vg,  // vgchange --addtag, lvcreate
    extend_vg,  // and vgreduce: other drives vote on the VG's lock
    move_lv,    // pvmove, lvextend: on the LV's
    activate,
    deactivate,
    kill_vg,  // lvmlockctl --kill
    drop_vg,  // what is left to do then
    finale,
  };
  static Kind choose(LockdHost& host);
  static bool only_reads(Kind kind) { return kind == Kind::report; }

  LvmCommand(LockdHost& host, int slot, std::uint64_t seed, Kind kind);
  ~LvmCommand();
  bool ended() const { return fiber_ && fiber_->ended(); }
  Kind kind() const { return kind_; }
  void go_on() { timers_.go_on(); }
  void lockd_gone();
  bool holds_vg() const { return holds_vg_; }

 private:
  void run();
  bool connect();
  bool connected() const;
  lockd::Reply ask(lockd::Request request);
  void sleep(Time most);
  bool chance(std::uint32_t percent) { return random_.below(100) < percent; }
  int ask_global(lockd::Mode mode);
  bool lock_vg(lockd::Mode mode);
  bool follow_drives();
  void unlock_vg();
  lockd::Reply lock_lv(lockd::Mode mode, bool persistent);
  lockd::Reply place(Which which, const DriveSet& drives, bool joint);
  void take(Which which, int user, Mode mode);
  void drop(Which which, int user);
  void write_metadata(const std::function<void()>& change);
  DriveSet other_drives(Which which);
  void become(Mode mode);  // the volume is active so
  void forget_active();

  void start_vg();
  void stop_vg();
  void report();
  void change_vg();
  void extend_vg();
  void move_lv();
  bool activate(lockd::Mode mode);
  void deactivate();
  void kill_vg();
  void drop_vg();
  void finale();

  LockdHost& host_;
  World& world_;
  const int user_;
  const Kind kind_;
  Random random_;
  ProcessTimers timers_;
  std::unique_ptr<Fiber> fiber_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for answers that come later
  bool killed_ = false, waits_ = false, holds_vg_ = false, wrote_ = false;
  std::uint64_t lockd_ = 0;  // which one it is connected to
  lockd::ClientId client_ = 0;
  std::optional<lockd::Reply> reply_;
  std::uint64_t seqno_ = 0;  // of the metadata that it has read
  bool global_ = false;
};

}  // namespace lvm::simulation
