// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "idm/drive.h"
#include "idm/in_process_transport.h"
#include "idm/manager/manager.h"
#include "idm/random.h"
#include "idm/virtual_timers.h"

// Lock managers and emulated drives on one virtual time, for tests: every call runs the world until it is answered.
namespace lvm::idm::testing {

inline constexpr Time kSecond = std::chrono::seconds(1);
inline constexpr Time kLease = 60 * kSecond;

inline LockId vg_lock(char name = 'v') {
  LockId id;
  id.bytes[0] = static_cast<std::uint8_t>(name);
  return id;
}
inline LockId lv_lock(char name = 'l') {
  LockId id = vg_lock();
  id.bytes[LockId::kHalf] = static_cast<std::uint8_t>(name);
  return id;
}
inline LvbValue value_of(std::uint64_t number) {
  LvbValue out{};
  for (std::size_t i = 0; i < 7; ++i) out[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return out;
}

class Rig;

class RigHost final : public ManagerPort {
 public:
  RigHost(Rig& rig, std::string name, std::uint8_t number);

  // Another client on this machine.
  SpaceId open(const FencePlan& plan = {});
  // The lock manager ends without a word; a new one reads the journal.
  void restart();

  Answer lock(const LockId& id, Mode mode, const Placement& placement, Time wait = Time{0}, Time lease = kLease);
  Answer unlock(const LockId& id);
  Answer convert(const LockId& id, Mode mode);
  Answer place(const LockId& id, const Placement& placement, Time wait = Time{0});
  Answer read_value(const LockId& id);
  Answer query(Query::Kind kind, const LockId& id, const Placement& placement);
  void write_value(const LockId& id, std::uint64_t number);
  const Lock* find(const LockId& id) const { return manager->find(space, id); }
  Link& link(std::size_t drive) { return *links[drive]; }
  void cut_all(bool cut) {
    for (Link* each : links) each->cut = cut;
  }
  void pump();

  Rig& rig;
  std::string name;
  std::uint8_t number;
  std::uint8_t lives = 0;
  std::unique_ptr<InProcessTransport> transport;
  std::vector<Link*> links;
  std::unique_ptr<Manager> manager;
  SpaceId space = 0;  // the client that the calls above speak for
  std::map<std::pair<HostId, LockId>, JournalEntry> entries;
  std::map<RequestId, Answer> answers;
  std::vector<FenceStage> fenced;
  RequestId last_request = 0;
  // What was sent, for tests that look at it.
  std::vector<std::pair<DriveId, Command>> sent;

  void send(const CommandTicket& ticket, const DriveId& drive, Command command) override;
  void answer(RequestId request, const Answer& answer) override { answers[request] = answer; }
  void journal(const JournalEntry& entry) override;
  void fence(SpaceId, const std::string&, FenceStage stage, const FencePlan&) override { fenced.push_back(stage); }
  std::uint64_t wall_milliseconds() override;
  std::uint64_t random() override;

  // Runs until the request is answered.
  Answer wait_for(RequestId request);

 private:
  Timers::Id armed_ = 0;
};

class Rig {
 public:
  explicit Rig(std::size_t drives, DriveBehaviour behaviour = {});
  RigHost& host(const std::string& name);
  // Drives by index; -1 is a member without a device.
  Placement on(std::vector<int> members, std::uint64_t generation = 1) const;
  Placement joint(std::vector<int> before, std::vector<int> after, std::uint64_t generation) const;
  Placement all() const;
  void run_for(Time duration) { timers.run_for(duration); }
  std::size_t commands(Operation operation) const;

  VirtualTimers timers;
  Random random{1};
  Rules rules;
  std::vector<DriveId> ids;
  std::vector<std::shared_ptr<Drive>> drives;
  std::vector<std::unique_ptr<RigHost>> hosts;
};

}  // namespace lvm::idm::testing
