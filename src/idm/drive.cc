// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/drive.h"

#include <algorithm>

#include "base/result.h"

namespace lvm::idm {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;

bool take(std::uint64_t& counter) {
  if (counter == 0) return false;
  if (counter != DriveFaults::kAlways) --counter;
  return true;
}

// A lease that ends behind the end of time is infinite: nothing overflows.
bool over(const Record& record, Time renewed, Time now) {
  if (record.countdown == kInfiniteCountdown) return false;
  const auto age = static_cast<std::uint64_t>((now - renewed).count());
  return age / kMillisecond > record.countdown || (age / kMillisecond == record.countdown && age % kMillisecond != 0);
}

}  // namespace

Drive::Drive(DriveLimits limits, DriveBehaviour behaviour) : limits_(limits), behaviour_(behaviour) {}

Time Drive::drive_time(Time now) const {
  const Time passed = now - base_;
  return drive_base_ + passed + Time(passed.count() / 1'000'000 * millionths_) +
         Time(passed.count() % 1'000'000 * millionths_ / 1'000'000);
}

void Drive::set_clock(Time now, std::int64_t millionths, Time jump) {
  CHECK(millionths > -1'000'000 && jump >= Time{0});
  drive_base_ = drive_time(now) + jump;
  base_ = now;
  millionths_ = millionths;
}

Drive::Fate Drive::next_fate() {
  if (faults.gone) return Fate::refused;
  if (take(faults.lose_requests)) return Fate::lost_request;
  if (take(faults.busy)) return Fate::busy;
  if (take(faults.lose_replies)) return Fate::lost_reply;
  if (take(faults.nonsense)) return Fate::nonsense;
  return Fate::normal;
}

Reply Drive::execute(const Command& command, Time now) {
  now = drive_time(now);
  Reply reply;
  if (const auto* mutex = std::get_if<MutexCommand>(&command)) {
    reply.status = run(*mutex, now);
  } else if (const auto* read = std::get_if<ReadRecords>(&command)) {
    reply.records = table(now);
    if (reply.records.size() > read->count) reply.records.resize(read->count);
  } else if (std::holds_alternative<ReadCounts>(command)) {
    reply.counts = counts(now);
  } else if (std::holds_alternative<ResetTable>(command)) {
    drop_records();
  } else {
    reply.version = behaviour_.version;
  }
  return reply;
}

void Drive::expire(Rows& rows, Time now) const {
  for (Row& row : rows)
    if (row.record.state == State::locked && over(row.record, row.renewed, now)) row.record.state = State::timed_out;
}

std::vector<Record> Drive::records(Time now) { return table(drive_time(now)); }

std::vector<Record> Drive::table(Time now) {
  std::vector<std::pair<std::uint64_t, Record>> numbered;
  numbered.reserve(record_count_);
  for (auto& [lock, rows] : mutexes_) {
    expire(rows, now);
    const auto live = std::ranges::count_if(rows, [](const Row& row) { return row.record.state == State::locked; });
    for (const Row& row : rows) {
      numbered.emplace_back(row.number, row.record);
      if (row.record.state == State::locked && live > 1) numbered.back().second.state = State::multiple_locked;
    }
  }
  std::ranges::sort(numbered, {}, [](const auto& pair) { return pair.first; });
  std::vector<Record> out;
  out.reserve(numbered.size());
  for (auto& [number, record] : numbered) out.push_back(record);
  return out;
}

Counts Drive::counts(Time now) {
  Counts out;
  for (const Record& record : table(now)) {
    Counts::Class& of_class = record.lock_class == LockClass::exclusive         ? out.exclusive
                              : record.lock_class == LockClass::protected_write ? out.protected_write
                                                                                : out.shared;
    ++out.total;
    ++of_class.total;
    if (record.state == State::locked) ++of_class.locked;
    if (record.state == State::unlocked) ++of_class.unlocked;
    if (record.state == State::multiple_locked) ++of_class.multiple_locked;
    if (record.state == State::timed_out) ++of_class.timed_out;
  }
  return out;
}

Status Drive::run(const MutexCommand& command, Time now) {
  const Record& request = command.record;
  switch (command.operation) {
    case Operation::try_lock:
    case Operation::unlock:
    case Operation::refresh:
    case Operation::break_lock:
    case Operation::destroy: break;
    case Operation::normal:
    case Operation::init:
    case Operation::lock: return Status::invalid_operation;
  }
  // No known host asks for a protected write; what a drive would do with one is not known.
  if (request.lock_class == LockClass::protected_write) return Status::failed_class;
  const auto found = mutexes_.find(request.lock);
  if (found == mutexes_.end())
    return command.operation == Operation::try_lock ? create(request, now) : Status::not_found;
  expire(found->second, now);
  switch (command.operation) {
    case Operation::try_lock: return try_lock(found->second, request, now);
    case Operation::unlock: return unlock(found, request);
    case Operation::refresh: return refresh(found->second, request, now);
    case Operation::break_lock: return break_lock(found->second, request, now);
    default: return destroy(found);
  }
}

Drive::Row* Drive::owned_by(Rows& rows, const HostId& host) {
  auto found =
      std::ranges::find_if(rows, [&](const Row& row) { return row.record.host == host && is_owner(row.record.state); });
  return found == rows.end() ? nullptr : &*found;
}

bool Drive::owned_by_others(const Rows& rows, const HostId& host) {
  return std::ranges::any_of(rows,
                             [&](const Row& row) { return row.record.host != host && is_owner(row.record.state); });
}

Status Drive::create(const Record& request, Time now) {
  if (Status status = room_for(0, request.host); status != Status::good) return status;
  add_row(mutexes_[request.lock], request, Lvb{}, now);
  return Status::good;
}

Status Drive::try_lock(Rows& rows, const Record& request, Time now) {
  if (owned_by(rows, request.host) != nullptr)
    return behaviour_.relock_conflicts ? Status::conflict : Status::terminated;
  if (!owned_by_others(rows, request.host)) {
    // One unlocked record is left of a mutex that nobody owns: it changes hands, with its value.
    Row& row = rows.front();
    if (!host_fits(row.record.host, request.host)) return Status::hosts_full;
    replace_host(row, request.host);
    own(row, request, now);
    return Status::good;
  }
  const bool all_shared =
      std::ranges::all_of(rows, [](const Row& row) { return row.record.lock_class == LockClass::shared; });
  if (!all_shared || request.lock_class != LockClass::shared) return Status::conflict;
  if (Status status = room_for(rows.size(), request.host); status != Status::good) return status;
  add_row(rows, request, Lvb(rows.front().record.lvb), now);
  return Status::good;
}

Status Drive::refresh(Rows& rows, const Record& request, Time now) {
  Row* mine = owned_by(rows, request.host);
  if (mine == nullptr) return Status::conflict;
  // Others whose leases ended count too: only a break drops them.
  if (request.lock_class == LockClass::exclusive && owned_by_others(rows, request.host)) return Status::terminated;
  own(*mine, request, now);
  return Status::good;
}

Status Drive::unlock(Mutexes::iterator found, const Record& request) {
  Rows& rows = found->second;
  Row* mine = owned_by(rows, request.host);
  if (mine == nullptr) {
    const bool idle = !owned_by_others(rows, request.host);
    return idle && !behaviour_.idle_unlock_conflicts ? Status::good : Status::conflict;
  }
  if (mine->record.lock_class != request.lock_class) return Status::terminated;
  if (request.control == LvbControl::update || request.control == LvbControl::update_valid)
    for (Row& row : rows) row.record.lvb = request.lvb;
  if (request.lock_class == LockClass::exclusive || (rows.size() == 1 && behaviour_.keep_last_shared)) {
    mine->record.state = State::unlocked;
    return Status::good;
  }
  remove_row(rows, static_cast<std::size_t>(mine - rows.data()));
  if (rows.empty()) mutexes_.erase(found);
  return Status::good;
}

Status Drive::break_lock(Rows& rows, const Record& request, Time now) {
  const bool others = owned_by_others(rows, request.host);
  if (!others && !(behaviour_.break_own && owned_by(rows, request.host) != nullptr)) return Status::conflict;
  for (const Row& row : rows) {
    if (row.record.host == request.host || row.record.state == State::timed_out) continue;
    if (row.record.countdown != kInfiniteCountdown || !behaviour_.infinite_breakable) return Status::conflict;
  }
  if (!host_fits(rows.front().record.host, request.host)) return Status::hosts_full;
  // The first record becomes the new owner's and keeps the value; the table never has to grow for a break.
  while (rows.size() > 1) {
    const bool drop_first = rows.front().record.host != request.host && rows.back().record.host == request.host;
    remove_row(rows, drop_first ? 0 : rows.size() - 1);
  }
  replace_host(rows.front(), request.host);
  own(rows.front(), request, now);
  return Status::good;
}

Status Drive::destroy(Mutexes::iterator found) {
  Rows& rows = found->second;
  if (std::ranges::any_of(rows, [](const Row& row) { return is_owner(row.record.state); })) return Status::conflict;
  while (!rows.empty()) remove_row(rows, rows.size() - 1);
  mutexes_.erase(found);
  return Status::good;
}

Status Drive::room_for(std::size_t sharers, const HostId& host) const {
  if (record_count_ >= limits_.records) return Status::table_full;
  if (!hosts_.contains(host) && hosts_.size() >= limits_.hosts) return Status::hosts_full;
  if (sharers >= limits_.sharers) return Status::sharers_full;
  return Status::good;
}

// Whether a record may change hands: the host that loses it makes room when it has no other.
bool Drive::host_fits(const HostId& leaving, const HostId& coming) const {
  if (hosts_.contains(coming) || hosts_.size() < limits_.hosts) return true;
  return hosts_.at(leaving) == 1;
}

void Drive::add_row(Rows& rows, const Record& request, const Lvb& lvb, Time now) {
  Row row{.record = request, .number = ++last_number_};
  row.record.control = LvbControl::keep;
  row.record.lvb = lvb;
  ++hosts_[request.host];
  ++record_count_;
  rows.push_back(row);
  own(rows.back(), request, now);
}

void Drive::own(Row& row, const Record& request, Time now) {
  row.record.state = State::locked;
  row.record.lock_class = request.lock_class;
  row.record.countdown = request.countdown;
  row.record.time = request.time;
  row.record.metadata = request.metadata;
  row.renewed = now;
}

void Drive::replace_host(Row& row, const HostId& host) {
  if (row.record.host == host) return;
  host_gone(row.record.host);
  ++hosts_[host];
  row.record.host = host;
}

void Drive::remove_row(Rows& rows, std::size_t index) {
  host_gone(rows[index].record.host);
  --record_count_;
  rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(index));
}

void Drive::host_gone(const HostId& host) {
  auto found = hosts_.find(host);
  if (--found->second == 0) hosts_.erase(found);
}

}  // namespace lvm::idm
