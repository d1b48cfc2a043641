// SPDX-License-Identifier: LGPL-2.1-or-later
// Getting and renewing a lock at one drive: try, look who has it, take over from the expired, recognise one's own.
#include <algorithm>

#include "idm/manager/lock.h"
#include "idm/queries.h"

namespace lvm::idm {
namespace {

constexpr std::uint8_t kMostTries = 12;
constexpr Time kBusyPause = std::chrono::milliseconds(10);
// The lease of who leaves ends within a millisecond, see leave in lock.cc.
constexpr Time kLeavePause = std::chrono::milliseconds(2);

bool of_lv(const LockId& id) {
  return std::any_of(id.bytes.begin() + LockId::kHalf, id.bytes.end(), [](std::uint8_t byte) { return byte != 0; });
}

bool expired(const Record& record) {
  return record.state == State::timed_out || record.countdown == kInfiniteCountdown;
}

}  // namespace

void Lock::claim_answered(Time now, Member& member, const Outcome& outcome) {
  if (!outcome) return claim_failed(now, member, outcome.error());
  const Status status = outcome->status;
  switch (member.sent_step) {
    case Step::try_lock:
      if (status == Status::good) return claim_granted(now, member);
      if (status == Status::terminated) {
        // Left by an earlier command of ours whose end we never learnt.
        member.maybe = member.unsure = true;
        member.next = Step::refresh;
        break;
      }
      if (status != Status::conflict) return claim_refused(now, member, status);
      member.next = Step::read_table;
      break;
    case Step::refresh:
      if (status == Status::good) return claim_granted(now, member);
      if (status == Status::terminated) {
        // Others share it. Whose leases have ended can be dropped.
        if (!member.held) member.maybe = true;
        member.next = Step::read_table;
        break;
      }
      if (status != Status::conflict && status != Status::not_found) return claim_refused(now, member, status);
      return record_gone(now, member);
    case Step::break_lock:
      if (status == Status::good) {
        member.broken |= member.drops_dead;
        member.restore = true;
        return claim_granted(now, member);
      }
      if (status == Status::not_found) return record_gone(now, member);
      if (status != Status::conflict && status != Status::terminated) return claim_refused(now, member, status);
      refuse(now, member);
      break;
    case Step::read_table:
      if (status != Status::good) return claim_refused(now, member, status);
      table_read(now, member, outcome->records);
      break;
    case Step::find_victim:
      if (status != Status::good) return claim_refused(now, member, status);
      victim_read(now, member, outcome->records);
      break;
    case Step::read_value:
      if (status != Status::good) return claim_refused(now, member, status);
      value_read(now, member, outcome->records);
      break;
    case Step::store_value:
      if (status == Status::conflict || status == Status::not_found) return record_gone(now, member);
      if (status != Status::good) return claim_refused(now, member, status);
      member.maybe = member.exclusive = false;
      member.next = Step::try_lock;
      break;
    case Step::destroy:
    case Step::unlock:
    case Step::leave: member.next = Step::try_lock; break;
  }
  if (member.tries >= kMostTries) refuse(now, member);
}

// Somebody else is there. A held lock asks again soon, see open_again.
void Lock::refuse(Time now, Member& member) {
  member.verdict = Verdict::contended;
  member.retry_at = now + part(rules_.retry);
}

void Lock::claim_granted(Time now, Member& member) {
  if (!member.held && state_ == State::held && !member.restore && known_lvb_) {
    // The drive had forgotten us, and the value with us.
    member.restore = member.owes = true;
    member.saved = *known_lvb_;
  }
  member.held = true;
  member.maybe = false;
  member.exclusive = member.sent_mode == Mode::exclusive;
  member.renewed = rules_.count_from_answer ? now : member.sent;
  // The answer to a question that has changed meanwhile (a renewal on its way when a conversion began) does not
  // settle it.
  if (member.exclusive != (wanted() == Mode::exclusive)) {
    member.next = Step::refresh;
    return;
  }
  if (task_ == Task::place && member.verify) {
    member.next = Step::read_value;
    return;
  }
  member.verdict = Verdict::granted;
}

// The drive does not have our record. Asking anew is right only while nobody else can have had the lock.
void Lock::record_gone(Time now, Member& member) {
  member.held = member.maybe = member.exclusive = false;
  if (state_ != State::held) member.restore = member.owes = false;
  member.next = Step::try_lock;
  if (state_ == State::claiming || (state_ == State::held && alive(now))) {
    if (member.tries >= kMostTries) refuse(now, member);
    return;
  }
  refuse(now, member);
}

void Lock::claim_refused(Time now, Member& member, Status status) {
  if (status == Status::busy) {
    member.retry_at = now + kBusyPause;
    if (member.tries >= kMostTries) member.verdict = Verdict::failed;
    return;
  }
  const bool full = status == Status::table_full || status == Status::hosts_full;
  if (full && member.sent_step == Step::try_lock && !member.victim) {
    member.next = Step::find_victim;
    return;
  }
  member.victim.reset();
  member.verdict = full || status == Status::sharers_full ? Verdict::full : Verdict::failed;
  member.retry_at = now + part(rules_.retry);
}

void Lock::claim_failed(Time now, Member& member, const TransportError& error) {
  member.verdict = Verdict::failed;
  member.retry_at = now + part(rules_.retry);
  if (error.may_have_run && makes_a_record(member) && !member.held) member.maybe = true;
}

// Who owns the mutex at this drive, besides us? Reads again, with more room, when the table was longer.
Lock::TableView Lock::look(Member& member, const std::vector<Record>& table) {
  TableView out;
  if (table.size() >= member.table_size && member.table_size < 8192) {
    member.table_size *= 4;
    return out;
  }
  out.complete = true;
  for (const Record& record : table) {
    if (record.lock != setup_.id) continue;
    if (value_number(record.lvb) > value_number(out.newest)) out.newest = record.lvb;
    if (!is_owner(record.state)) continue;
    if (record.host == setup_.owner) {
      out.mine = true;
      out.own = record.lvb;
      continue;
    }
    out.others = true;
    const bool left = has_left(record);
    if (expired(record)) {
      out.dead |= !left;
      continue;
    }
    if (left) {
      out.leaving = true;
      continue;
    }
    if (!out.live) holder_ = holder_of(record);
    out.live = true;
  }
  member.drops_dead = out.dead;
  return out;
}

void Lock::table_read(Time now, Member& member, const std::vector<Record>& table) {
  const TableView view = look(member, table);
  if (!view.complete) return;
  // A drive that joins may have an old one: it is owed what was read where the lock was.
  if (!member.owes) member.saved = view.newest;
  if (view.mine && !member.held) member.maybe = true;
  if (!view.others)
    member.next = view.mine ? Step::refresh : Step::try_lock;
  else if (view.live)
    refuse(now, member);
  else if (view.leaving)
    member.retry_at = now + kLeavePause;
  else
    member.next = Step::break_lock;
}

// Only an unlock can store a value. Nobody else keeps a drive that he gets in between: the majority stays with us.
void Lock::value_read(Time now, Member& member, const std::vector<Record>& table) {
  const TableView view = look(member, table);
  if (!view.complete) return;
  if (!view.mine) return record_gone(now, member);
  if (view.own == member.saved) {
    member.verify = member.owes = member.restore = false;
    member.verdict = Verdict::granted;
  } else if (member.unsure) {
    member.verdict = Verdict::failed;
    member.retry_at = now + part(rules_.retry);
  } else {
    member.next = Step::store_value;
  }
}

// Room for a new mutex is made by forgetting the oldest that nobody holds; never one that has a value to keep.
void Lock::victim_read(Time now, Member& member, const std::vector<Record>& table) {
  if (table.size() >= member.table_size && member.table_size < 8192) {
    member.table_size *= 4;
    return;
  }
  const Record* oldest = nullptr;
  for (const Record& record : table)
    if (record.state == ::lvm::idm::State::unlocked && of_lv(record.lock) && record.lvb == Lvb{} &&
        (oldest == nullptr || record.time < oldest->time))
      oldest = &record;
  if (oldest == nullptr) {
    member.verdict = Verdict::full;
    member.retry_at = now + part(rules_.retry);
    return;
  }
  member.victim = oldest->lock;
  member.next = Step::destroy;
}

}  // namespace lvm::idm
