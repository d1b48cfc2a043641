// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/manager/query.h"

#include <algorithm>

#include "idm/manager/quorum.h"
#include "idm/queries.h"

namespace lvm::idm {
namespace {

constexpr Time kPatience = std::chrono::seconds(5);

// As clients store it: a little-endian number.
std::uint64_t number(const Lvb& lvb) {
  std::uint64_t out = 0;
  for (std::size_t i = lvb.size(); i-- > 0;) out = out << 8 | lvb[i];
  return out;
}

}  // namespace

Query::Query(std::uint64_t serial, RequestId request, Kind kind, const LockId& lock, const HostId& self,
             const Placement& placement)
    : serial_(serial), request_(request), kind_(kind), lock_(lock), self_(self) {
  for (const DriveSet& set : placement.sets) {
    voters_ = std::max(voters_, set.size());
    for (const auto& drive : set)
      if (drive && std::ranges::find(seats_, *drive, &Seat::drive) == seats_.end()) seats_.push_back({.drive = *drive});
  }
}

void Query::start(LockPort& port, Time now) {
  deadline_ = now + kPatience;
  for (std::uint32_t i = 0; i < seats_.size(); ++i) read(port, i);
}

void Query::read(LockPort& port, std::uint32_t index) {
  Seat& seat = seats_[index];
  seat.busy = true;
  port.send({serial_, index, ++seat.sequence}, seat.drive, ReadRecords{seat.table_size});
}

void Query::answered(LockPort& port, const CommandTicket& ticket, const Outcome& outcome) {
  if (ticket.member >= seats_.size()) return;
  Seat& seat = seats_[ticket.member];
  if (!seat.busy || seat.sequence != ticket.sequence) return;
  seat.busy = false;
  if (!outcome || outcome->status != Status::good) {
    seat.failed = true;
    return;
  }
  if (outcome->records.size() >= seat.table_size && seat.table_size < 8192) {
    seat.table_size *= 4;
    return read(port, ticket.member);
  }
  seat.table.emplace();
  for (const Record& record : outcome->records)
    if (record.lock == lock_) seat.table->push_back(record);
}

bool Query::finished(Time now) const { return now >= deadline_ || std::ranges::none_of(seats_, &Seat::busy); }

Answer Query::answer() const {
  Answer out{.asked = voters_};
  out.answered =
      static_cast<std::size_t>(std::ranges::count_if(seats_, [](const Seat& seat) { return seat.table.has_value(); }));
  if (out.answered == 0) {
    out.failure = Failure::not_found;
    return out;
  }
  for (const Seat& seat : seats_) {
    if (!seat.table) continue;
    const HostCount count = count_hosts(*seat.table, lock_, self_);
    out.others = std::max(out.others, count.others);
    out.self |= count.self;
    for (const Record& record : *seat.table)
      if (is_owner(record.state) && std::ranges::find(out.holders, record.host, &Holder::host) == out.holders.end())
        out.holders.push_back(holder_of(record));
  }
  if (kind_ == Kind::mode) answer_mode(out);
  if (kind_ == Kind::lvb) answer_lvb(out);
  return out;
}

void Query::answer_mode(Answer& out) const {
  std::size_t of_mode[3] = {};
  for (const Seat& seat : seats_) {
    if (!seat.table) continue;
    const auto held = held_class(*seat.table, lock_);
    const Mode mode = !held ? Mode::unlocked : *held == LockClass::exclusive ? Mode::exclusive : Mode::shared;
    if (++of_mode[static_cast<std::size_t>(mode)] >= majority(voters_)) {
      out.mode = mode;
      return;
    }
  }
  out.failure = Failure::contended;
}

// A value counts when a majority of all drives has it: then every later reader finds it too. A newer one on fewer
// drives was written by somebody who failed half-way; to say "unknown" is true, to show it might be taken back.
void Query::answer_lvb(Answer& out) const {
  if (out.answered < majority(voters_)) {
    out.failure = Failure::io;
    return;
  }
  Lvb newest{};
  std::size_t having = 0;
  for (const Seat& seat : seats_) {
    const auto lvb = seat.table ? find_lvb(*seat.table, lock_, self_) : std::nullopt;
    if (!lvb) continue;
    if (number(*lvb) > number(newest)) newest = *lvb, having = 0;
    if (*lvb == newest) ++having;
  }
  Lvb unknown;
  unknown.fill(0xFF);
  if (having < majority(voters_) || newest == unknown) {
    out.lvb = kUnknownLvb;
    return;
  }
  out.lvb.emplace();
  std::ranges::copy(newest, out.lvb->begin());
}

}  // namespace lvm::idm
