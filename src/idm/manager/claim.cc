// SPDX-License-Identifier: LGPL-2.1-or-later
// Getting and renewing a lock at one drive: try, look who has it, take over from the expired, recognise one's own.
#include <algorithm>

#include "idm/manager/lock.h"

namespace lvm::idm {
namespace {

constexpr std::uint8_t kMostTries = 12;
constexpr Time kBusyPause = std::chrono::milliseconds(10);

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
        member.maybe = true;
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
        member.broken = member.restore = true;
        return claim_granted(now, member);
      }
      if (status == Status::not_found) return record_gone(now, member);
      if (status != Status::conflict && status != Status::terminated) return claim_refused(now, member, status);
      member.verdict = Verdict::contended;
      break;
    case Step::read_table:
      if (status != Status::good) return claim_refused(now, member, status);
      table_read(member, outcome->records);
      break;
    case Step::find_victim:
      if (status != Status::good) return claim_refused(now, member, status);
      victim_read(member, outcome->records);
      break;
    case Step::destroy:
    case Step::unlock: member.next = Step::try_lock; break;
  }
  if (member.tries >= kMostTries) member.verdict = Verdict::contended;
}

void Lock::claim_granted(Time now, Member& member) {
  if (!member.held && state_ == State::held && !member.restore && known_lvb_) {
    // The drive had forgotten us, and the value with us.
    member.restore = true;
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
  member.verdict = Verdict::granted;
}

// The drive does not have our record. Asking anew is right only while nobody else can have had the lock.
void Lock::record_gone(Time now, Member& member) {
  member.held = member.maybe = member.exclusive = false;
  member.next = Step::try_lock;
  if (state_ == State::claiming || (state_ == State::held && alive(now))) {
    if (member.tries >= kMostTries) member.verdict = Verdict::contended;
    return;
  }
  member.verdict = Verdict::contended;
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
  if (!error.may_have_run) return;
  if ((member.sent_step == Step::try_lock || member.sent_step == Step::break_lock) && !member.held) member.maybe = true;
  if (member.sent_step == Step::refresh && member.sent_mode == Mode::shared) {
    member.exclusive = false;
    member.weakened = true;
  }
}

void Lock::table_read(Member& member, const std::vector<Record>& table) {
  if (table.size() >= member.table_size && member.table_size < 8192) {
    member.table_size *= 4;
    return;
  }
  bool mine = false, others = false, live = false;
  Lvb newest{};
  for (const Record& record : table) {
    if (record.lock != setup_.id) continue;
    // Later bytes count more: clients store little-endian numbers.
    if (std::ranges::lexicographical_compare(newest.rbegin(), newest.rend(), record.lvb.rbegin(), record.lvb.rend()))
      newest = record.lvb;
    if (!is_owner(record.state)) continue;
    if (record.host == setup_.owner) {
      mine = true;
      continue;
    }
    others = true;
    if (expired(record)) continue;
    if (!live) holder_ = holder_of(record);
    live = true;
  }
  member.saved = newest;
  if (mine && !member.held) member.maybe = true;
  if (!others)
    member.next = mine ? Step::refresh : Step::try_lock;
  else if (!live)
    member.next = Step::break_lock;
  else
    member.verdict = Verdict::contended;
}

// Room for a new mutex is made by forgetting the oldest that nobody holds; never one that has a value to keep.
void Lock::victim_read(Member& member, const std::vector<Record>& table) {
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
    return;
  }
  member.victim = oldest->lock;
  member.next = Step::destroy;
}

}  // namespace lvm::idm
