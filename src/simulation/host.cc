// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulation/host.h"

#include <fmt/format.h>

namespace lvm::simulation {

Host::Host(World& world, int number)
    : world_(world),
      number_(number),
      skew_(static_cast<std::int64_t>(world.random.below(20'001)) - 10'000),
      watchdog_skew_(static_cast<std::int64_t>(world.random.below(20'001)) - 10'000),
      offset_(world.random_time(Time{0}, 1000 * kSecond)) {}

Time Host::world_time(Time clock) const {
  if (clock == Time::max()) return clock;
  const std::int64_t passed = (clock - offset_).count();
  // A little late is right: the clock must have reached the time.
  return Time(passed / (1'000'000 + skew_) * 1'000'000) + Time(2'000'000);
}

void Host::boot() {
  ++boots_;
  up_ = true;
  paused_ = false;
  journal_.clear();
  switched_on();
  transport_ = std::make_unique<InProcessTransport>(world_.timers, world_.random.next());
  links_.clear();
  for (std::size_t i = 0; i < world_.drives.size(); ++i) {
    Link& link = transport_->add_path(world_.ids[i], world_.drives[i]);
    link = World::healthy();
    links_.push_back(&link);
  }
  start_daemon(world_.now());
  manager_started(false);
}

void Host::start_daemon(Time fed) {
  ++daemons_;
  fed_ = fed;
  start_manager();
  feed();
  guard();
}

// The daemon feeds the watchdog when nobody else can have a lock before it would strike.
void Host::feed() {
  world_.timers.after(kWatchdog / 4, [this, daemon = daemons_, boot = boots_] {
    if (daemon != daemons_ || boot != boots_ || manager() == nullptr) return;
    if (!paused_) {
      const Time now = clock();
      const Time until = manager()->safe_until(now);
      if (until == Time::max() || until - now >= kWatchdog + kWatchdog / 25) fed_ = world_.now();
      for (const Lock* lock : manager()->locks()) count_half_brain(*lock, now);
    }
    feed();
  });
}

// A lock of an even number of drives that is kept by half of them, which would not do to get it.
void Host::count_half_brain(const Lock& lock, Time now) {
  if (lock.state() != Lock::State::held || !lock.alive(now) || lock.spare(now) != 0) return;
  for (const DriveSet& set : lock.setup().placement.sets)
    if (set.size() % 2 == 0) ++world_.result.statistics.half_brains;
}

void Host::guard() {
  const Time at = fed_ + period();
  if (at <= world_.now()) return reset("watchdog");
  world_.timers.at(at, [this, daemon = daemons_, boot = boots_] {
    if (boot == boots_ && up_ && daemon == daemons_) guard();
  });
}

void Host::reset(const std::string& why) {
  if (!up_) return;
  trace("reset: " + why);
  ++world_.result.statistics.resets;
  up_ = paused_ = false;
  ++boots_;
  ++daemons_;
  switched_off();
  transport_.reset();
  world_.timers.after(world_.random_time(5 * kSecond, 60 * kSecond), [this] {
    if (!up_) boot();
  });
}

void Host::kill_manager() {
  if (!up_ || manager() == nullptr) return;
  trace("daemon killed");
  ++world_.result.statistics.kills;
  stop_manager();
  // Its watchdog goes on by itself.
  ++daemons_;
  world_.timers.at(fed_ + period(), [this, daemon = daemons_, boot = boots_] {
    if (boot == boots_ && daemon == daemons_ && up_) reset("watchdog, no daemon");
  });
  world_.timers.after(world_.random_time(kSecond / 10, 8 * kSecond), [this, daemon = daemons_, boot = boots_] {
    if (boot != boots_ || daemon != daemons_ || !up_) return;
    start_daemon(fed_);
    manager_started(true);
  });
}

void Host::pause(Time duration) {
  if (!up_ || paused_) return;
  trace(fmt::format("stands still for {} s", duration / kSecond));
  ++world_.result.statistics.pauses;
  paused_ = true;
  transport_->set_paused(true);
  world_.timers.after(duration, [this, boot = boots_, number = ++pauses_] {
    if (boot == boots_ && number == pauses_) resume();
  });
}

void Host::resume() {
  if (!up_ || !paused_) return;
  paused_ = false;
  transport_->set_paused(false);
  go_on();
}

void Host::journal_entry(const JournalEntry& entry) {
  if (entry.held)
    journal_[{entry.owner, entry.lock}] = entry;
  else
    journal_.erase({entry.owner, entry.lock});
}

void Host::tell(const std::string& serial, const DriveId& drive, const Command& command) {
  std::string what = "read";
  if (const auto* mutex = std::get_if<MutexCommand>(&command)) {
    const Record& record = mutex->record;
    what = fmt::format("{} {} {}", name(mutex->operation), World::lock_name(record.lock),
                       record.lock_class == LockClass::exclusive ? "exclusive" : "shared");
    if (record.control != LvbControl::keep) what += fmt::format(" value {}", World::value_of(record.lvb));
  }
  trace(fmt::format("  {} to drive {}: {}", serial, world_.drive_of(drive), what));
}

// The answer, and what the drive knows of the VG's lock when it arrives.
void Host::tell(const std::string& serial, const DriveId& drive, const Outcome& outcome) {
  std::string table;
  for (const Record& record : world_.drives[world_.drive_of(drive)]->records(world_.now()))
    if (record.lock == World::lock_id(kVg))
      table += fmt::format("{}{} {} {}{} value {}", table.empty() ? "" : ", ", holder_of(record).name,
                           is_locked(record.state)  ? "locked"
                           : is_owner(record.state) ? "timed out"
                                                    : "unlocked",
                           record.lock_class == LockClass::exclusive ? "exclusive" : "shared",
                           has_left(record) ? " left" : "", World::value_of(record.lvb));
  trace(fmt::format("  {} from drive {}: {} [{}]", serial, world_.drive_of(drive),
                    outcome ? name(outcome->status) : std::string_view(outcome.error().text), table));
}

}  // namespace lvm::simulation
