// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/simulation/host.h"

#include <fmt/format.h>

#include <algorithm>

namespace lvm::idm::simulation {

Host::Host(World& world, int number)
    : world_(world),
      number_(number),
      skew_(static_cast<std::int64_t>(world.random.below(20'001)) - 10'000),
      watchdog_skew_(static_cast<std::int64_t>(world.random.below(20'001)) - 10'000),
      offset_(world.random_time(Time{0}, 1000 * kSecond)) {
  boot();
}

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
  for (Use& use : uses_) use = {};
  transport_ = std::make_unique<InProcessTransport>(world_.timers, world_.random.next());
  links_.clear();
  for (std::size_t i = 0; i < world_.drives.size(); ++i) {
    Link& link = transport_->add_path(world_.ids[i], world_.drives[i]);
    link = World::healthy();
    links_.push_back(&link);
  }
  start_daemon(world_.now());
  plan_act(Time{0}, 3 * kSecond);
}

void Host::start_daemon(Time fed) {
  ++daemons_;
  fed_ = fed;
  armed_at_ = Time::max();
  manager_ = std::make_unique<Manager>(*this, world_.options.rules, fmt::format("host{}", number_));
  FencePlan plan{.path = "stop", .signal = 15, .sigkill = true, .watchdog = true, .process = 1};
  HostId id;
  id.bytes[0] = static_cast<std::uint8_t>(number_ + 1);
  for (std::size_t i = 0; i < 8; ++i) {
    id.bytes[16 + i] = static_cast<std::uint8_t>(boots_ >> (8 * i));
    id.bytes[24 + i] = static_cast<std::uint8_t>(daemons_ >> (8 * i));
  }
  space_ = manager_->open_space("vg", id, plan);
  // What the client had asked of the former daemon was not answered.
  for (Use& use : uses_) {
    use.attached = false;
    use.request = 0;
    use.value = 0;  // not written yet: it died with the daemon
    if (use.doing == Doing::releasing || (use.doing == Doing::asking && use.fresh)) use = {};
    if (use.doing != Doing::nothing) use.doing = use.able ? Doing::holding : Doing::lost;
  }
  value_request_ = holders_request_ = 0;
  const auto entries = journal_;
  for (const auto& [key, entry] : entries) {
    ++world_.result.statistics.adoptions;
    with([&](Manager& manager, Time now) { manager.adopt(now, entry); });
  }
  feed();
  guard();
}

// Answers are given from inside the manager; clients may only call it again afterwards.
void Host::drain() {
  if (draining_) return;
  draining_ = true;
  while (!answers_.empty()) {
    const auto answers = std::exchange(answers_, {});
    for (const auto& [request, answer] : answers) told(request, answer);
  }
  draining_ = false;
}

void Host::arm() {
  if (manager_ == nullptr || paused_) return;
  const Time when = world_time(manager_->wake());
  if (when == armed_at_) return;
  world_.timers.cancel(armed_);
  armed_ = 0;
  armed_at_ = when;
  if (when == Time::max()) return;
  armed_ = world_.timers.at(std::max(when, world_.now()), [this, daemon = daemons_] {
    armed_at_ = Time::max();
    armed_ = 0;
    if (daemon != daemons_ || !running()) return;
    with([](Manager& manager, Time now) { manager.tick(now); });
  });
}

// The daemon feeds the watchdog when nobody else can have a lock before it would strike.
void Host::feed() {
  world_.timers.after(kWatchdog / 4, [this, daemon = daemons_, boot = boots_] {
    if (daemon != daemons_ || boot != boots_ || manager_ == nullptr) return;
    if (!paused_) {
      const Time now = clock();
      const Time until = manager_->safe_until(now);
      if (until == Time::max() || until - now >= kWatchdog + kWatchdog / 25) fed_ = world_.now();
      for (const Lock* lock : manager_->locks()) count_half_brain(*lock, now);
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
  const Time period = kWatchdog + Time(kWatchdog.count() / 1'000'000 * watchdog_skew_);
  const Time at = fed_ + period;
  if (at <= world_.now()) return reset("watchdog");
  world_.timers.at(at, [this, daemon = daemons_, boot = boots_] {
    if (boot == boots_ && up_ && daemon == daemons_) guard();
  });
}

void Host::reset(const std::string& why) {
  if (!up_) return;
  world_.trace(number_, "reset: " + why);
  ++world_.result.statistics.resets;
  up_ = paused_ = false;
  ++boots_;
  ++daemons_;
  manager_.reset();
  transport_.reset();
  for (Protected& users : world_.users) users.drop(number_);
  for (Use& use : uses_) use = {};
  answers_.clear();
  world_.timers.after(world_.random_time(5 * kSecond, 60 * kSecond), [this] {
    if (!up_) boot();
  });
}

void Host::kill_daemon() {
  if (!up_ || manager_ == nullptr) return;
  world_.trace(number_, "daemon killed");
  ++world_.result.statistics.kills;
  manager_.reset();
  answers_.clear();
  // Its watchdog goes on by itself.
  ++daemons_;
  world_.timers.at(fed_ + kWatchdog + Time(kWatchdog.count() / 1'000'000 * watchdog_skew_),
                   [this, daemon = daemons_, boot = boots_] {
                     if (boot == boots_ && daemon == daemons_ && up_) reset("watchdog, no daemon");
                   });
  world_.timers.after(world_.random_time(kSecond / 10, 8 * kSecond), [this, daemon = daemons_, boot = boots_] {
    if (boot != boots_ || daemon != daemons_ || !up_) return;
    start_daemon(fed_);
    plan_act(Time{0}, kSecond);
  });
}

void Host::pause(Time duration) {
  if (!up_ || paused_) return;
  world_.trace(number_, fmt::format("stands still for {} s", duration / kSecond));
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
  with([](Manager& manager, Time now) { manager.tick(now); });
}

void Host::send(const CommandTicket& ticket, const DriveId& drive, Command command) {
  ++world_.result.statistics.commands;
  if (world_.options.commands) tell(ticket, drive, command);
  transport_->submit(drive, std::move(command), kCommandTimeout,
                     [this, ticket, drive, daemon = daemons_, boot = boots_](Outcome outcome) {
                       if (daemon != daemons_ || boot != boots_ || manager_ == nullptr) return;
                       if (world_.options.commands) tell(ticket, drive, outcome);
                       with([&](Manager& manager, Time now) { manager.answered(now, ticket, outcome); });
                     });
}

void Host::tell(const CommandTicket& ticket, const DriveId& drive, const Command& command) {
  std::string what = "read";
  if (const auto* mutex = std::get_if<MutexCommand>(&command)) {
    const Record& record = mutex->record;
    what = fmt::format("{} {} {}", name(mutex->operation), record.lock == World::lock_id(kVg) ? "vg" : "lv",
                       record.lock_class == LockClass::exclusive ? "exclusive" : "shared");
    if (record.control != LvbControl::keep) what += fmt::format(" value {}", record.lvb[0]);
  }
  world_.trace(number_,
               fmt::format("  {}.{} to drive {}: {}", ticket.serial, ticket.sequence, world_.drive_of(drive), what));
}

// The answer, and what the drive knows of the VG's lock when it arrives.
void Host::tell(const CommandTicket& ticket, const DriveId& drive, const Outcome& outcome) {
  std::string table;
  for (const Record& record : world_.drives[world_.drive_of(drive)]->records(world_.now()))
    if (record.lock == World::lock_id(kVg))
      table += fmt::format("{}host{} {} {}{} value {}", table.empty() ? "" : ", ", record.host.bytes[0] - 1,
                           is_locked(record.state)  ? "locked"
                           : is_owner(record.state) ? "timed out"
                                                    : "unlocked",
                           record.lock_class == LockClass::exclusive ? "exclusive" : "shared",
                           has_left(record) ? " left" : "", record.lvb[0]);
  world_.trace(number_,
               fmt::format("  {}.{} from drive {}: {} [{}]", ticket.serial, ticket.sequence, world_.drive_of(drive),
                           outcome ? name(outcome->status) : std::string_view(outcome.error().text), table));
}

void Host::journal(const JournalEntry& entry) {
  if (entry.held)
    journal_[{entry.owner, entry.lock}] = entry;
  else
    journal_.erase({entry.owner, entry.lock});
}

// The kill path and the signal stop the client when they do, after a while; SIGKILL leaves volumes active.
void Host::fence(SpaceId, const std::string&, FenceStage stage, const FencePlan&) {
  ++world_.result.statistics.fences;
  world_.trace(number_, fmt::format("fence: {}", name(stage)));
  if (stage != FenceStage::kill_path && stage != FenceStage::signal) return;
  if (!world_.chance(world_.stop_chance)) return;
  world_.timers.after(world_.random_time(Time{0}, 2 * kSecond), [this, boot = boots_] {
    if (boot != boots_ || paused_) return;
    for (Which which : {kVg, kLv}) {
      if (uses_[which].doing == Doing::nothing) continue;
      stop_using(which);
      release(which);
    }
  });
}

}  // namespace lvm::idm::simulation
