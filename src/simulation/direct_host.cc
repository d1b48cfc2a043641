// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulation/direct_host.h"

#include <fmt/format.h>

#include <algorithm>

namespace lvm::simulation {

void DirectHost::switched_on() {
  for (Use& use : uses_) use = {};
}

void DirectHost::switched_off() {
  stop_manager();
  for (Protected& users : world_.users) users.drop(number_);
  for (Use& use : uses_) use = {};
}

void DirectHost::stop_manager() {
  manager_.reset();
  answers_.clear();
}

void DirectHost::go_on() {
  with([](Manager& manager, Time now) { manager.tick(now); });
}

void DirectHost::start_manager() {
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
}

// Answers are given from inside the manager; clients may only call it again afterwards.
void DirectHost::drain() {
  if (draining_) return;
  draining_ = true;
  while (!answers_.empty()) {
    const auto answers = std::exchange(answers_, {});
    for (const auto& [request, answer] : answers) told(request, answer);
  }
  draining_ = false;
}

void DirectHost::arm() {
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

void DirectHost::send(const CommandTicket& ticket, const DriveId& drive, Command command) {
  ++world_.result.statistics.commands;
  const auto serial = [](const CommandTicket& each) { return fmt::format("{}.{}", each.serial, each.sequence); };
  if (world_.options.commands) tell(serial(ticket), drive, command);
  transport_->submit(drive, std::move(command), kCommandTimeout,
                     [this, ticket, drive, serial, daemon = daemons_, boot = boots_](Outcome outcome) {
                       if (daemon != daemons_ || boot != boots_ || manager_ == nullptr) return;
                       if (world_.options.commands) tell(serial(ticket), drive, outcome);
                       with([&](Manager& manager, Time now) { manager.answered(now, ticket, outcome); });
                     });
}

// The kill path and the signal stop the client when they do, after a while; SIGKILL leaves volumes active.
void DirectHost::fence(SpaceId, const std::string&, FenceStage stage, const FencePlan&) {
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

}  // namespace lvm::simulation
