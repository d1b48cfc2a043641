// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/manager/query.h"

#include <algorithm>

#include "idm/manager/quorum.h"
#include "idm/queries.h"

namespace lvm::idm {
namespace {

constexpr Time kPatience = std::chrono::seconds(5);

}  // namespace

Query::Query(std::uint64_t serial, RequestId request, Kind kind, const LockId& lock, const HostId& self,
             const Placement& placement)
    : serial_(serial), request_(request), kind_(kind), lock_(lock), self_(self) {
  for (const DriveSet& set : placement.sets) {
    Votes votes{.size = set.size(), .seats = {}};
    std::size_t missing = 0;
    for (const auto& drive : set) {
      if (!drive) {
        ++missing;
        continue;
      }
      const auto found = std::ranges::find(seats_, *drive, &Seat::drive);
      const auto index = static_cast<std::uint32_t>(found - seats_.begin());
      if (found == seats_.end()) seats_.push_back({.drive = *drive});
      if (std::ranges::find(votes.seats, index) == votes.seats.end())
        votes.seats.push_back(index);
      else
        --votes.size;  // two paths to one drive are one vote
    }
    sets_.push_back(std::move(votes));
    missing_ = std::max(missing_, missing);
  }
}

// Whether in every set a majority of the votes is by drives that are so.
template <class Predicate>
bool Query::majorities(Predicate predicate) const {
  return std::ranges::all_of(sets_, [&](const Votes& votes) {
    const auto count = std::ranges::count_if(votes.seats, [&](std::uint32_t seat) { return predicate(seats_[seat]); });
    return static_cast<std::size_t>(count) >= majority(votes.size);
  });
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
    if (record.lock == lock_ && !has_left(record)) seat.table->push_back(record);
}

bool Query::finished(Time now) const { return now >= deadline_ || std::ranges::none_of(seats_, &Seat::busy); }

Answer Query::answer(std::span<const HostId> given_back) const {
  Answer out{.asked = seats_.size() + missing_};
  out.answered =
      static_cast<std::size_t>(std::ranges::count_if(seats_, [](const Seat& seat) { return seat.table.has_value(); }));
  if (out.answered == 0) {
    out.failure = Failure::not_found;
    return out;
  }
  for (const Seat& seat : seats_) {
    if (!seat.table) continue;
    const HostCount count = count_hosts(*seat.table, lock_, self_, given_back);
    out.others = std::max(out.others, count.others);
    out.self |= count.self;
    for (const Record& record : *seat.table)
      if (is_owner(record.state) && std::ranges::find(out.holders, record.host, &Holder::host) == out.holders.end())
        out.holders.push_back(holder_of(record));
  }
  for (Holder& holder : out.holders) holder.given_back = std::ranges::find(given_back, holder.host) != given_back.end();
  if (kind_ == Kind::mode) answer_mode(out);
  if (kind_ == Kind::lvb) answer_lvb(out);
  return out;
}

void Query::answer_mode(Answer& out) const {
  for (Mode mode : {Mode::unlocked, Mode::exclusive, Mode::shared}) {
    const bool is = majorities([&](const Seat& seat) {
      if (!seat.table) return false;
      const auto held = held_class(*seat.table, lock_);
      return mode == (!held ? Mode::unlocked : *held == LockClass::exclusive ? Mode::exclusive : Mode::shared);
    });
    if (!is) continue;
    out.mode = mode;
    return;
  }
  out.failure = Failure::contended;
}

// A value counts when a majority of all drives has it: then every later reader finds it too. A newer one on fewer
// drives was written by somebody who failed half-way; to say "unknown" is true, to show it might be taken back.
void Query::answer_lvb(Answer& out) const {
  if (!majorities([](const Seat& seat) { return seat.table.has_value(); })) {
    out.failure = Failure::io;
    return;
  }
  const auto value = [&](const Seat& seat) {
    return seat.table ? find_lvb(*seat.table, lock_, self_) : std::optional<Lvb>();
  };
  Lvb newest{};
  for (const Seat& seat : seats_)
    if (const auto lvb = value(seat); lvb && value_number(*lvb) > value_number(newest)) newest = *lvb;
  Lvb unknown;
  unknown.fill(0xFF);
  if (newest == unknown || !majorities([&](const Seat& seat) { return value(seat) == newest; })) {
    out.lvb = kUnknownLvb;
    return;
  }
  out.lvb.emplace();
  std::ranges::copy(newest, out.lvb->begin());
}

}  // namespace lvm::idm
