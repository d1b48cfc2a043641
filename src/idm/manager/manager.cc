// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/manager/manager.h"

#include <algorithm>

#include "idm/manager/quorum.h"

namespace lvm::idm {
namespace {

bool valid(const Placement& placement) {
  return !placement.sets.empty() && placement.sets.size() <= 2 &&
         std::ranges::none_of(placement.sets, [](const DriveSet& set) { return set.empty() || set.size() > 512; });
}

bool has_majority(const Placement& placement) {
  return std::ranges::all_of(placement.sets, [](const DriveSet& set) {
    const auto here = std::ranges::count_if(set, [](const auto& drive) { return drive.has_value(); });
    return static_cast<std::size_t>(here) >= majority(set.size());
  });
}

}  // namespace

Manager::Manager(ManagerPort& port, const Rules& rules, std::string host_name)
    : port_(port), rules_(rules), host_name_(std::move(host_name)) {}

SpaceId Manager::open_space(std::string name, const HostId& host, const FencePlan& plan) {
  spaces_[++last_space_] = {.name = std::move(name), .host = host, .plan = plan};
  return last_space_;
}

// The identity of a space's next acquisition. It changes when an unlock under the former one may still be on its way
// to a drive: it would hit the new lock.
HostId Manager::owner_of(const Space& space) {
  HostId out = space.host;
  for (std::size_t i = 0; i < 4; ++i)
    out.bytes[8 + i] = static_cast<std::uint8_t>(out.bytes[8 + i] ^ (space.epoch >> (8 * i)));
  return out;
}

Manager::Slot* Manager::slot_of(SpaceId space, const LockId& lock) {
  auto found = index_.find({space, lock});
  return found == index_.end() ? nullptr : &slots_.at(found->second);
}

const Lock* Manager::find(SpaceId space, const LockId& lock) const {
  auto found = index_.find({space, lock});
  return found == index_.end() ? nullptr : slots_.at(found->second).lock.get();
}

Manager::Slot* Manager::orphan_of(const LockId& lock) {
  if (std::ranges::none_of(spaces_, [](const auto& pair) { return pair.second.orphan; })) return nullptr;
  for (auto& [serial, slot] : slots_)
    if (slot.visible && slot.lock->id() == lock && spaces_.at(slot.lock->space()).orphan) return &slot;
  return nullptr;
}

Lock& Manager::make(SpaceId space, const LockId& id, Mode mode, const Placement& placement, Time lease,
                    const HostId& owner) {
  Slot& slot = make_hidden(space, id, mode, placement, lease, owner);
  slot.visible = true;
  index_[{space, id}] = slot.lock->serial();
  return *slot.lock;
}

Manager::Slot& Manager::make_hidden(SpaceId space, const LockId& id, Mode mode, const Placement& placement, Time lease,
                                    const HostId& owner) {
  const std::uint64_t serial = ++last_serial_;
  Slot& slot = slots_[serial];
  slot.visible = false;
  slot.lock = std::make_unique<Lock>(Lock::Setup{.serial = serial,
                                                 .space = space,
                                                 .id = id,
                                                 .owner = owner,
                                                 .host_name = host_name_,
                                                 .mode = mode,
                                                 .placement = placement,
                                                 .lease = lease},
                                     rules_);
  if (!spaces_.at(space).renewing) slot.lock->set_renewing(*this, now_, false);
  return slot;
}

bool Manager::idle(const Slot& slot) {
  return slot.lock->state() == Lock::State::held && slot.lock->task() == Lock::Task::none && !slot.promotion;
}

void Manager::fail(RequestId request, Failure failure) {
  if (request != 0) port_.answer(request, {.failure = failure});
}

void Manager::acquire(Time now, RequestId request, SpaceId space, const LockId& id, Mode mode,
                      const Placement& placement, Time lease, Time wait) {
  now_ = now;
  if (mode == Mode::unlocked || !valid(placement) || lease <= Time{0}) return fail(request, Failure::invalid);
  if (slot_of(space, id) != nullptr) return fail(request, Failure::exists);
  if (spaces_.at(space).fenced) return fail(request, Failure::fenced);
  if (Slot* orphan = orphan_of(id)) return take_over(now, *orphan, request, space, mode);
  if (!has_majority(placement)) return fail(request, Failure::too_few_drives);
  Lock& lock = make(space, id, mode, placement, lease, owner_of(spaces_.at(space)));
  lock.acquire(*this, now, request, now + wait);
  settle(now, lock.serial());
}

// A lock whose client died goes to the next client of this host that asks for it: to others it was never free.
void Manager::take_over(Time now, Slot& slot, RequestId request, SpaceId space, Mode mode) {
  Lock& lock = *slot.lock;
  if (!idle(slot)) return fail(request, lock.state() == Lock::State::lost ? Failure::expired : Failure::contended);
  if (lock.mode() == mode) {
    hand_over(slot, space);
    port_.answer(request, {.mode = mode});
    return settle(now, lock.serial());
  }
  // Until it has the mode that was asked for it stays what it was, an orphan: nobody was told of another one.
  if (mode == Mode::exclusive) return promote(now, slot, request, space);
  slot.heir = space;
  lock.convert(*this, now, request, mode, now);
  record(lock, true);
  settle(now, lock.serial());
}

void Manager::hand_over(Slot& slot, SpaceId space) {
  Lock& lock = *slot.lock;
  const SpaceId former = lock.space();
  record(lock, false);
  index_.erase({former, lock.id()});
  lock.set_space(space);
  index_[{space, lock.id()}] = lock.serial();
  record(lock, true);
  space_is_empty(former);
}

void Manager::convert(Time now, RequestId request, SpaceId space, const LockId& id, Mode mode) {
  now_ = now;
  Slot* slot = slot_of(space, id);
  if (slot == nullptr) return fail(request, Failure::not_held);
  if (mode == Mode::unlocked) return fail(request, Failure::invalid);
  Lock& lock = *slot->lock;
  if (lock.state() == Lock::State::lost) return fail(request, Failure::expired);
  if (!idle(*slot)) return fail(request, Failure::exists);
  if (mode == Mode::exclusive && lock.mode() == Mode::shared) return promote(now, *slot, request, 0);
  lock.convert(*this, now, request, mode, now);
  if (lock.mode() == Mode::shared) record(lock, true);
  settle(now, lock.serial());
}

// A renewal of a shared lock whose answer was lost may run at any time, and would share what has become exclusive
// since. Where that can be so on too many drives, the lock is taken once more beside itself under another owner's id,
// which late commands do not meet; the former is given back, and then the new one becomes exclusive. The host never is
// without it.
void Manager::promote(Time now, Slot& slot, RequestId request, SpaceId heir) {
  Lock& lock = *slot.lock;
  if (lock.promotable()) {
    slot.heir = heir;
    lock.convert(*this, now, request, Mode::exclusive, now);
    return settle(now, lock.serial());
  }
  Space& space = spaces_.at(lock.space());
  ++space.epoch;
  Slot& twin =
      make_hidden(lock.space(), lock.id(), Mode::shared, lock.setup().placement, lock.setup().lease, owner_of(space));
  slot.promotion = {request, heir};
  slot.twin = twin.lock->serial();
  twin.twin_of = lock.serial();
  twin.lock->acquire(*this, now, 0, now);
  settle(now, slot.twin);
}

// The twin has the lock too: now the former is given back.
void Manager::take_place(Time now, Slot& twin) {
  Slot& slot = slots_.at(twin.twin_of);
  Lock& lock = *slot.lock;
  if (lock.state() != Lock::State::held || !lock.alive(now)) return cancel_promotion(now, slot, Failure::expired);
  twin.twin_of = 0;
  // Both are in the journal for a moment; a lock manager that adopts both keeps one.
  record(*twin.lock, true);
  record(lock, false);
  slot.visible = false;
  twin.visible = true;
  index_[{lock.space(), lock.id()}] = twin.lock->serial();
  twin.promotion = std::exchange(slot.promotion, std::nullopt);
  twin.lvb = slot.lvb;
  if (const auto value = lock.take_lvb()) twin.lock->set_lvb(*value);
  lock.release(*this, now, 0);
  settle(now, lock.serial());
}

void Manager::go_on_with_twin(Time now, Slot& slot) {
  const auto found = slots_.find(std::exchange(slot.twin, 0));
  if (found == slots_.end() || !found->second.promotion) return;
  Slot& twin = found->second;
  const Promotion promotion = *std::exchange(twin.promotion, std::nullopt);
  if (twin.lock->state() != Lock::State::held) return fail(promotion.request, Failure::expired);
  twin.heir = promotion.heir;
  twin.lock->convert(*this, now, promotion.request, Mode::exclusive, now);
  settle(now, twin.lock->serial());
}

void Manager::end_promotion(Slot& slot, Failure failure) {
  slot.twin = 0;
  if (const auto promotion = std::exchange(slot.promotion, std::nullopt)) fail(promotion->request, failure);
}

void Manager::cancel_promotion(Time now, Slot& slot, Failure failure) {
  if (const auto found = slots_.find(slot.twin); slot.visible && found != slots_.end()) {
    found->second.twin_of = 0;
    found->second.lock->release(*this, now, 0);
    settle(now, found->first);
  }
  end_promotion(slot, failure);
}

void Manager::place(Time now, RequestId request, SpaceId space, const LockId& id, const Placement& placement,
                    Time wait) {
  now_ = now;
  Slot* slot = slot_of(space, id);
  if (slot == nullptr) return fail(request, Failure::not_held);
  if (!valid(placement)) return fail(request, Failure::invalid);
  if (!has_majority(placement)) return fail(request, Failure::too_few_drives);
  Lock& lock = *slot->lock;
  if (lock.state() == Lock::State::lost) return fail(request, Failure::expired);
  if (!idle(*slot)) return fail(request, Failure::exists);
  lock.place(*this, now, request, placement, now + wait);
  settle(now, lock.serial());
}

void Manager::release(Time now, RequestId request, SpaceId space, const LockId& id) {
  now_ = now;
  Slot* slot = slot_of(space, id);
  // What a dead client left may be given back by whoever took its place.
  if (slot == nullptr) slot = orphan_of(id);
  if (slot == nullptr) return fail(request, Failure::not_held);
  Lock& lock = *slot->lock;
  cancel_promotion(now, *slot, Failure::cancelled);
  record(lock, false);
  lock.release(*this, now, request);
  settle(now, lock.serial());
}

void Manager::write_lvb(RequestId request, SpaceId space, const LockId& id, const LvbValue& value) {
  Slot* slot = slot_of(space, id);
  if (slot == nullptr) return fail(request, Failure::not_held);
  slot->lvb = value;
  slot->lock->set_lvb(value);
  fail(request, Failure::none);
}

void Manager::read_lvb(Time now, RequestId request, SpaceId space, const LockId& id) {
  now_ = now;
  Slot* slot = slot_of(space, id);
  if (slot == nullptr) return fail(request, Failure::not_held);
  if (slot->lvb) return port_.answer(request, {.lvb = slot->lvb});
  if (slot->lock->was_broken()) return port_.answer(request, {.lvb = kUnknownLvb});
  const Lock& lock = *slot->lock;
  const std::uint64_t serial = ++last_serial_;
  Query& query =
      queries_.try_emplace(serial, serial, request, Query::Kind::lvb, id, lock.setup().owner, lock.setup().placement)
          .first->second;
  query.lock_serial = lock.serial();
  query.tenure = lock.tenure();
  query.start(*this, now);
  schedule(query.deadline(), serial);
  if (query.finished(now)) finish_query(now, serial);
}

void Manager::query(Time now, RequestId request, SpaceId space, Query::Kind kind, const LockId& id,
                    const Placement& placement) {
  now_ = now;
  const Slot* slot = slot_of(space, id);
  if (slot == nullptr && !valid(placement)) return fail(request, Failure::invalid);
  const std::uint64_t serial = ++last_serial_;
  Query& query = queries_
                     .try_emplace(serial, serial, request, kind, id,
                                  slot ? slot->lock->setup().owner : owner_of(spaces_.at(space)),
                                  slot ? slot->lock->setup().placement : placement)
                     .first->second;
  query.start(*this, now);
  schedule(query.deadline(), serial);
  if (query.finished(now)) finish_query(now, serial);
}

void Manager::finish_query(Time, std::uint64_t serial) {
  auto found = queries_.find(serial);
  const Query& query = found->second;
  // All slots are looked at only for who asks who has the lock: values are read again and again.
  const bool about_owners = query.kind() == Query::Kind::count || query.kind() == Query::Kind::holders;
  const Answer answer = query.answer(about_owners ? given_back(query.lock()) : std::vector<HostId>{});
  if (auto slot = slots_.find(found->second.lock_serial); slot != slots_.end() && answer.lvb)
    slot->second.lock->note_lvb(*answer.lvb, found->second.tenure);
  port_.answer(found->second.request(), answer);
  queries_.erase(found);
}

void Manager::close_space(Time now, SpaceId id) {
  now_ = now;
  std::vector<std::uint64_t> own;
  for (const auto& [serial, slot] : slots_)
    if (slot.visible && slot.lock->space() == id) own.push_back(serial);
  std::ranges::sort(own);
  auto& space = spaces_.at(id);
  space.orphan = true;
  for (std::uint64_t serial : own) {
    Lock& lock = *slots_.at(serial).lock;
    cancel_promotion(now, slots_.at(serial), Failure::cancelled);
    record(lock, false);
    lock.release(*this, now, 0);
    settle(now, serial);
  }
  space_is_empty(id);
}

void Manager::orphan_space(Time now, SpaceId id) {
  now_ = now;
  Space& space = spaces_.at(id);
  space.orphan = true;
  space.renewing = true;
  std::vector<std::uint64_t> own;
  for (const auto& [serial, slot] : slots_)
    if (slot.visible && slot.lock->space() == id) own.push_back(serial);
  std::ranges::sort(own);
  for (std::uint64_t serial : own) {
    Lock& lock = *slots_.at(serial).lock;
    cancel_promotion(now, slots_.at(serial), Failure::cancelled);
    // Nobody was told of a lock that is still being acquired.
    if (lock.task() == Lock::Task::acquire)
      lock.release(*this, now, 0);
    else
      lock.set_renewing(*this, now, true);
    settle(now, serial);
  }
  space_is_empty(id);
}

void Manager::set_renewing(Time now, SpaceId id, bool renewing) {
  now_ = now;
  spaces_.at(id).renewing = renewing;
  std::vector<std::uint64_t> own;
  for (const auto& [serial, slot] : slots_)
    if (slot.visible && slot.lock->space() == id) own.push_back(serial);
  std::ranges::sort(own);
  for (std::uint64_t serial : own) {
    slots_.at(serial).lock->set_renewing(*this, now, renewing);
    settle(now, serial);
  }
}

void Manager::adopt(Time now, const JournalEntry& entry) {
  now_ = now;
  auto found = std::ranges::find_if(spaces_, [&](const auto& pair) {
    return pair.second.orphan && pair.second.name == entry.space && pair.second.host == entry.host;
  });
  const bool known = found != spaces_.end();
  const SpaceId space = known ? found->first : open_space(entry.space, entry.host, entry.plan);
  // Which owners' ids that process used is not known, and commands under them may be late.
  if (!known) spaces_.at(space).epoch = static_cast<std::uint32_t>(port_.random());
  spaces_.at(space).orphan = true;
  if (slot_of(space, entry.lock) != nullptr) {
    // That process was about to give one of the two back, see take_place().
    Lock& second = *make_hidden(space, entry.lock, entry.mode, entry.placement, entry.lease, entry.owner).lock;
    second.adopt(*this, now, now + entry.lease, entry.weak);
    record(second, false);
    second.release(*this, now, 0);
    return settle(now, second.serial());
  }
  Lock& lock = make(space, entry.lock, entry.mode, entry.placement, entry.lease, entry.owner);
  lock.adopt(*this, now, now + entry.lease, entry.weak);
  settle(now, lock.serial());
}

// LockPort.

void Manager::send(const CommandTicket& ticket, const DriveId& drive, Command command) {
  port_.send(ticket, drive, std::move(command));
}

void Manager::done(Lock& lock, Failure failure) {
  const Lock::Task task = lock.task();
  Slot& slot = slots_.at(lock.serial());
  if (slot.twin_of != 0) {  // settle() goes on from here
    if (failure != Failure::none) end_promotion(slots_.at(std::exchange(slot.twin_of, 0)), failure);
    return;
  }
  const SpaceId heir = std::exchange(slot.heir, 0);
  // It may have gone in between, or got the lock in another way.
  const bool inherits = heir != 0 && task == Lock::Task::convert && failure == Failure::none &&
                        spaces_.contains(heir) && !spaces_.at(heir).orphan && slot_of(heir, lock.id()) == nullptr;
  if (inherits) hand_over(slot, heir);
  const bool gone = task == Lock::Task::release || (task == Lock::Task::acquire && failure != Failure::none);
  if (!gone && failure == Failure::none) record(lock, true);
  if (gone) hide(lock);
  if (lock.request() == 0) return;
  Answer answer{.failure = failure, .mode = lock.mode()};
  if (failure == Failure::contended) answer.holder = lock.holder();
  if (answer.holder && answer.holder->name == host_name_)
    answer.holder->given_back = std::ranges::count(given_back(lock.id()), answer.holder->host) != 0;
  port_.answer(lock.request(), answer);
}

std::vector<HostId> Manager::given_back(const LockId& id) const {
  std::vector<HostId> out;
  for (const auto& [serial, slot] : slots_)
    if (!slot.visible && slot.lock->id() == id && slot.lock->state() == Lock::State::releasing)
      out.push_back(slot.lock->setup().owner);
  return out;
}

void Manager::hide(Lock& lock) {
  Slot& slot = slots_.at(lock.serial());
  if (!slot.visible) return;
  slot.visible = false;
  auto found = index_.find({lock.space(), lock.id()});
  if (found != index_.end() && found->second == lock.serial()) index_.erase(found);
}

void Manager::taint(Lock& lock) {
  auto found = spaces_.find(lock.space());
  if (found != spaces_.end()) ++found->second.epoch;
}

void Manager::start_over(Lock& lock) {
  slots_.at(lock.serial()).visible = false;
  Space& space = spaces_.at(lock.space());
  ++space.epoch;
  Lock& next = make(lock.space(), lock.id(), lock.mode(), lock.setup().placement, lock.setup().lease, owner_of(space));
  next.acquire(*this, now_, lock.request(), lock.wait_until(), lock.attempt());
  schedule(next.wake(), next.serial());
  slots_.at(next.serial()).scheduled = next.wake();
}

void Manager::record(const Lock& lock, bool held) {
  const Space& space = spaces_.at(lock.space());
  port_.journal({.held = held,
                 .space = space.name,
                 .host = space.host,
                 .owner = lock.setup().owner,
                 .plan = space.plan,
                 .lock = lock.id(),
                 .mode = lock.mode(),
                 .lease = lock.setup().lease,
                 .placement = lock.setup().placement,
                 .weak = lock.weak_drives()});
}

// Time.

void Manager::schedule(Time when, std::uint64_t serial) {
  if (when != Time::max()) due_.emplace(when, serial);
}

// After every event of a lock: fencing, the next wake-up, the end.
void Manager::settle(Time now, std::uint64_t serial) {
  auto found = slots_.find(serial);
  if (found == slots_.end()) return;
  Lock& lock = *found->second.lock;
  const SpaceId space = lock.space();
  if (found->second.twin_of != 0 && lock.state() == Lock::State::held) take_place(now, found->second);
  if (found->second.twin != 0 && !found->second.visible && lock.task() == Lock::Task::none)
    go_on_with_twin(now, found->second);
  found = slots_.find(serial);
  if (found == slots_.end()) return;
  const bool ended = lock.state() == Lock::State::gone;
  // An unlock is still on its way, or will be sent again: another acquisition must not be its target.
  if (!ended && !found->second.visible && lock.state() == Lock::State::releasing && !found->second.outlived) {
    found->second.outlived = true;
    if (spaces_.contains(space)) ++spaces_.at(space).epoch;
  }
  const Time wake = ended ? Time::max() : std::min(lock.wake(), watch(now, lock));
  if (ended) {
    hide(lock);
    slots_.erase(found);
    space_is_empty(space);
    return;
  }
  if (!found->second.visible) space_is_empty(space);
  if (wake != found->second.scheduled) {
    found->second.scheduled = wake;
    schedule(wake, serial);
  }
}

// A space without locks has nothing to fence; without a client it ends.
void Manager::space_is_empty(SpaceId id) {
  auto found = spaces_.find(id);
  if (found == spaces_.end()) return;
  if (auto next = index_.lower_bound({id, LockId{}}); next != index_.end() && next->first.first == id) return;
  found->second.fenced = false;
  found->second.stage = FenceStage::none;
  if (found->second.orphan) spaces_.erase(found);
}

// Escalates by the age of the oldest renewal that counts, one stage at a time; says when to look again.
Time Manager::watch(Time now, Lock& lock) {
  if (lock.state() != Lock::State::held && lock.state() != Lock::State::lost) return Time::max();
  if (!lock.renewing()) return Time::max();
  Space& space = spaces_.at(lock.space());
  const Time lease = lock.setup().lease;
  const auto part = [&](int thousandths) { return Time(lease.count() / 1000 * thousandths); };
  struct Threshold {
    FenceStage stage;
    int at;
  };
  const Threshold thresholds[] = {{FenceStage::kill_path, rules_.kill_path},
                                  {FenceStage::signal, rules_.signal},
                                  {FenceStage::sigkill, rules_.sigkill},
                                  {FenceStage::hopeless, rules_.hopeless}};
  const Time base = lock.base();
  for (const Threshold& threshold : thresholds) {
    if (threshold.stage <= space.stage) continue;
    Time when = base + part(threshold.at);
    // What was begun gets some time to work, even when everything is late.
    if (space.stage != FenceStage::none) when = std::max(when, space.stage_at + part(rules_.retry));
    if (when > now) return when;
    space.stage = threshold.stage;
    space.stage_at = now;
    space.fenced = true;
    port_.fence(lock.space(), space.name, threshold.stage, space.plan);
  }
  return Time::max();
}

void Manager::answered(Time now, const CommandTicket& ticket, const Outcome& outcome) {
  now_ = now;
  if (auto query = queries_.find(ticket.serial); query != queries_.end()) {
    query->second.answered(*this, ticket, outcome);
    if (query->second.finished(now)) finish_query(now, ticket.serial);
    return;
  }
  auto found = slots_.find(ticket.serial);
  if (found == slots_.end()) return;
  found->second.lock->answered(*this, now, ticket, outcome);
  settle(now, ticket.serial);
}

void Manager::tick(Time now) {
  now_ = now;
  while (!due_.empty() && due_.top().first <= now) {
    const auto [when, serial] = due_.top();
    due_.pop();
    if (auto query = queries_.find(serial); query != queries_.end()) {
      if (query->second.finished(now)) finish_query(now, serial);
      continue;
    }
    auto found = slots_.find(serial);
    if (found == slots_.end() || found->second.scheduled != when) continue;
    found->second.scheduled = Time::max();
    found->second.lock->tick(*this, now);
    settle(now, serial);
  }
}

Time Manager::wake() const { return due_.empty() ? Time::max() : due_.top().first; }

bool Manager::wants_watchdog() const {
  return std::ranges::any_of(slots_, [&](const auto& pair) {
    return pair.second.visible && spaces_.at(pair.second.lock->space()).plan.watchdog;
  });
}

Time Manager::safe_until(Time now) const {
  Time out = Time::max();
  for (const auto& [serial, slot] : slots_) {
    const Lock& lock = *slot.lock;
    if (!slot.visible || !spaces_.at(lock.space()).plan.watchdog) continue;
    if (lock.state() == Lock::State::held) out = std::min(out, lock.deadline());
    if (lock.state() == Lock::State::lost || lock.state() == Lock::State::adopting) out = std::min(out, now);
  }
  return out;
}

std::vector<Manager::SpaceView> Manager::spaces() const {
  std::vector<SpaceView> out;
  for (const auto& [id, space] : spaces_) {
    SpaceView view{id, space.name, space.host, space.orphan, space.renewing, space.fenced, space.stage, space.plan, 0};
    for (auto lock = index_.lower_bound({id, LockId{}}); lock != index_.end() && lock->first.first == id; ++lock)
      ++view.locks;
    out.push_back(std::move(view));
  }
  std::ranges::sort(out, {}, &SpaceView::id);
  return out;
}

std::vector<const Lock*> Manager::locks() const {
  std::vector<const Lock*> out;
  for (const auto& [serial, slot] : slots_) out.push_back(slot.lock.get());
  std::ranges::sort(out, {}, &Lock::serial);
  return out;
}

}  // namespace lvm::idm
