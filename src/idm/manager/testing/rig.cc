// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/manager/testing/rig.h"

#include "base/result.h"

namespace lvm::idm::testing {

RigHost::RigHost(Rig& r, std::string n, std::uint8_t num) : rig(r), name(std::move(n)), number(num) {
  transport = std::make_unique<InProcessTransport>(rig.timers, number);
  for (std::size_t i = 0; i < rig.drives.size(); ++i) {
    links.push_back(&transport->add_path(rig.ids[i], rig.drives[i]));
    links.back()->request_latency = links.back()->reply_latency = std::chrono::microseconds(100);
  }
  restart();
}

SpaceId RigHost::open(const FencePlan& plan) {
  HostId id;
  id.bytes[0] = number;
  id.bytes[1] = lives;
  id.bytes[4] = static_cast<std::uint8_t>(++last_request);
  id.bytes[16] = number;
  return manager->open_space(name, id, plan);
}

void RigHost::restart() {
  ++lives;
  manager = std::make_unique<Manager>(*this, rig.rules, name);
  space = open({.path = "stop", .signal = 15, .sigkill = true, .watchdog = true});
  for (const auto& [key, entry] : std::map(entries)) manager->adopt(rig.timers.now(), entry);
  pump();
}

// Calls the manager when it wants to be called.
void RigHost::pump() {
  rig.timers.cancel(armed_);
  armed_ = 0;
  const Time wake = manager->wake();
  if (wake == Time::max()) return;
  armed_ = rig.timers.at(std::max(wake, rig.timers.now()), [this, life = lives] {
    armed_ = 0;
    if (life != lives) return;
    manager->tick(rig.timers.now());
    pump();
  });
}

void RigHost::send(const CommandTicket& ticket, const DriveId& drive, Command command) {
  sent.emplace_back(drive, command);
  transport->submit(drive, std::move(command), kCommandTimeout, [this, ticket, life = lives](const Outcome& outcome) {
    if (life != lives) return;
    manager->answered(rig.timers.now(), ticket, outcome);
    pump();
  });
}

void RigHost::journal(const JournalEntry& entry) {
  if (entry.held)
    entries[{entry.owner, entry.lock}] = entry;
  else
    entries.erase({entry.owner, entry.lock});
}

std::uint64_t RigHost::wall_milliseconds() {
  return 1'700'000'000'000 + static_cast<std::uint64_t>(rig.timers.now() / std::chrono::milliseconds(1));
}

std::uint64_t RigHost::random() { return rig.random.next(); }

Answer RigHost::wait_for(RequestId request) {
  pump();
  while (!answers.contains(request)) CHECK(rig.timers.run_one());
  return answers.at(request);
}

Answer RigHost::lock(const LockId& id, Mode mode, const Placement& placement, Time wait, Time lease) {
  manager->acquire(rig.timers.now(), ++last_request, space, id, mode, placement, lease, wait);
  return wait_for(last_request);
}

Answer RigHost::unlock(const LockId& id) {
  manager->release(rig.timers.now(), ++last_request, space, id);
  return wait_for(last_request);
}

Answer RigHost::convert(const LockId& id, Mode mode) {
  manager->convert(rig.timers.now(), ++last_request, space, id, mode);
  return wait_for(last_request);
}

Answer RigHost::place(const LockId& id, const Placement& placement, Time wait) {
  manager->place(rig.timers.now(), ++last_request, space, id, placement, wait);
  return wait_for(last_request);
}

Answer RigHost::read_value(const LockId& id) {
  manager->read_lvb(rig.timers.now(), ++last_request, space, id);
  return wait_for(last_request);
}

Answer RigHost::query(Query::Kind kind, const LockId& id, const Placement& placement) {
  manager->query(rig.timers.now(), ++last_request, space, kind, id, placement);
  return wait_for(last_request);
}

void RigHost::write_value(const LockId& id, std::uint64_t value) {
  manager->write_lvb(++last_request, space, id, value_of(value));
}

Rig::Rig(std::size_t count, DriveBehaviour behaviour) {
  for (std::size_t i = 0; i < count; ++i) {
    DriveId id;
    id.bytes.assign(16, static_cast<std::uint8_t>(i + 1));
    ids.push_back(id);
    drives.push_back(std::make_shared<Drive>(DriveLimits{}, behaviour));
  }
}

RigHost& Rig::host(const std::string& name) {
  hosts.push_back(std::make_unique<RigHost>(*this, name, static_cast<std::uint8_t>(hosts.size() + 1)));
  return *hosts.back();
}

Placement Rig::on(std::vector<int> members, std::uint64_t generation) const {
  Placement out{.generation = generation, .sets = {DriveSet{}}};
  for (int member : members)
    out.sets[0].push_back(member < 0 ? std::nullopt : std::optional(ids[static_cast<std::size_t>(member)]));
  return out;
}

Placement Rig::joint(std::vector<int> before, std::vector<int> after, std::uint64_t generation) const {
  Placement out = on(std::move(before), generation);
  out.sets.push_back(on(std::move(after)).sets[0]);
  return out;
}

Placement Rig::all() const {
  Placement out{.generation = 1, .sets = {DriveSet{}}};
  for (const DriveId& id : ids) out.sets[0].emplace_back(id);
  return out;
}

std::size_t Rig::commands(Operation operation) const {
  std::size_t out = 0;
  for (const auto& each : hosts)
    for (const auto& [drive, command] : each->sent)
      if (const auto* mutex = std::get_if<MutexCommand>(&command); mutex && mutex->operation == operation) ++out;
  return out;
}

}  // namespace lvm::idm::testing
