// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "idm/in_process_transport.h"
#include "idm/manager/manager.h"
#include "simulation/world.h"

namespace lvm::simulation {

// A machine: its clock, its paths to the drives, its watchdog, and a lock manager that feeds it. What runs on it
// besides is said by what is derived from it.
class Host {
 public:
  Host(World& world, int number);
  virtual ~Host() = default;

  void boot();
  // The lock manager ends, and begins again after a while.
  void kill_manager();
  void pause(Time duration);
  void resume();
  void reset(const std::string& why);
  Link& link(std::size_t drive) { return *links_[drive]; }
  bool up() const { return up_; }
  bool paused() const { return paused_; }
  Time clock() { return offset_ + world_.now() + Time(world_.now().count() / 1'000'000 * skew_); }
  Time world_time(Time clock) const;
  World& world() { return world_; }
  int number() const { return number_; }
  virtual const Manager* manager() const = 0;
  // Other processes than the lock manager.
  virtual void kill_others() {}
  // Writes to the LV alone.
  virtual bool owns_lv() const = 0;
  // The end of a history: has this lock been had exclusively?
  virtual void begin_finale() = 0;
  virtual bool succeeded(Which which) const = 0;

 protected:
  using Journal = std::map<std::pair<HostId, LockId>, JournalEntry>;

  virtual void switched_on() = 0;
  virtual void switched_off() = 0;
  // What came due while it stood still.
  virtual void go_on() = 0;
  virtual void start_manager() = 0;
  virtual void stop_manager() = 0;
  virtual void manager_started(bool again) = 0;
  void journal_entry(const JournalEntry& entry);
  void trace(const std::string& what) { world_.trace(number_, what); }
  void tell(const std::string& serial, const DriveId& drive, const Command& command);
  void tell(const std::string& serial, const DriveId& drive, const Outcome& outcome);

  World& world_;
  const int number_;
  std::unique_ptr<InProcessTransport> transport_;
  Journal journal_;
  bool up_ = false, paused_ = false;
  std::uint64_t boots_ = 0, daemons_ = 0;

 private:
  void start_daemon(Time fed);
  void feed();
  void guard();
  Time period() const { return kWatchdog + Time(kWatchdog.count() / 1'000'000 * watchdog_skew_); }
  void count_half_brain(const Lock& lock, Time now);

  const std::int64_t skew_, watchdog_skew_;  // millionths
  const Time offset_;
  std::vector<Link*> links_;
  std::uint64_t pauses_ = 0;
  Time fed_{0};
};

}  // namespace lvm::simulation
