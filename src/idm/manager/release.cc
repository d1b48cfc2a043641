// SPDX-License-Identifier: LGPL-2.1-or-later
// Giving the drives back, until they say so or the lease has ended by itself.
#include <algorithm>

#include "idm/manager/lock.h"
#include "idm/queries.h"

namespace lvm::idm {
namespace {

constexpr Time kBusyPause = std::chrono::milliseconds(10);
constexpr std::uint8_t kMostFlips = 4, kMostTries = 12;

}  // namespace

void Lock::begin_release(Time now) {
  // A lease that nobody renews any more ends by itself: with 5 % for the drive's clock.
  give_up_at_ = now + setup_.lease + setup_.lease / 20;
  for (Member& member : members_) {
    start_back(member);
    member.retry_at = Time{0};
  }
}

void Lock::leave_all_but(const std::vector<Votes>& sets, Time now) {
  for (std::uint32_t i = 0; i < members_.size(); ++i) {
    Member& member = members_[i];
    const bool stays = std::ranges::any_of(
        sets, [&](const Votes& votes) { return std::ranges::find(votes.members, i) != votes.members.end(); });
    if (stays || member.leaving) continue;
    member.leaving = true;
    start_back(member);
    member.retry_at = now;
  }
}

// Drives forget a mutex with its value when the last sharer unlocks it. Whoever shares a mutex that has a value makes
// itself the exclusive owner first: an exclusive owner's record stays. Beside other sharers that is not to be had, and
// who unlocks could be the last after all, when they leave at the same moment. So it does not unlock, but lets its
// lease end at once: the record stays until the next exclusive owner drops it, and nothing is lost, in whatever order
// the drives see the commands, however late. Only an unlock can store a value; who has one to store was the exclusive
// owner before it shared, so of all sharers it is the only one that unlocks, and the records of the others stay.
void Lock::start_back(Member& member) const {
  member.verdict = Verdict::open;
  member.next = keeps_value(member) ? Step::refresh : last_step(member);
  member.flipped = false;
  member.tries = 0;
}

// A value may be older than what is there, which is read before one is stored: the client's where our record was made
// when the lock had been given up, and may stand behind others; what is put back where others may have shared with us,
// or this host has gone on under another owner's id.
Lock::Step Lock::last_step(const Member& member) const {
  const bool stores = lvb_ && state_ == State::releasing;
  return (stores ? member.behind : member.restore && has_value()) ? Step::read_table : Step::unlock;
}

bool Lock::keeps_value(const Member& member) const {
  return has_value() && (member.held ? !member.exclusive : member.sent_mode != Mode::exclusive);
}

// LV locks have no value.
bool Lock::has_value() const {
  return std::all_of(setup_.id.bytes.begin() + LockId::kHalf, setup_.id.bytes.end(),
                     [](std::uint8_t byte) { return byte == 0; });
}

void Lock::release_answered(Time now, Member& member, const Outcome& outcome) {
  if (member.sent_step == Step::read_value) return stored_read(member, outcome);
  if (!outcome) {
    member.verdict = Verdict::failed;
    member.retry_at = now + part(rules_.retry);
    return;
  }
  switch (outcome->status) {
    case Status::good: return released_one(now, member, outcome->records);
    case Status::terminated:
      if (member.sent_step == Step::refresh) {
        member.next = Step::read_table;  // other sharers
        return;
      }
      if (has_value() && member.sent_mode == Mode::exclusive) {
        member.next = Step::refresh;  // it is a sharer's record, left by an earlier request
        member.flipped = false;
      } else {
        member.flipped = !member.flipped;
      }
      if (member.tries < kMostFlips) return;
      break;
    case Status::busy: member.retry_at = now + kBusyPause; return;
    case Status::conflict:
      if (member.sent_step == Step::break_lock) {
        member.next = Step::refresh;  // somebody came, or all have gone
        if (member.tries < kMostTries) return;
        break;
      }
      [[fallthrough]];
    case Status::not_found: return given_back(member, Verdict::contended);
    default: break;
  }
  member.verdict = Verdict::failed;
  member.retry_at = now + part(rules_.retry);
}

void Lock::released_one(Time now, Member& member, const std::vector<Record>& table) {
  switch (member.sent_step) {
    case Step::read_table: return others_read(now, member, table);
    case Step::break_lock: member.restore = true; [[fallthrough]];
    case Step::refresh:
      member.held = member.exclusive = true;
      member.next = last_step(member);
      member.tries = 0;
      return;
    default:
      if (!member.storing) return given_back(member, Verdict::granted);
      // "Good" is also the answer of a drive that has forgotten us, and where nobody has the lock now.
      given_back(member, Verdict::open);
      member.next = Step::read_value;
      return;
  }
}

// Others may have the lock by now, and have stored a newer value.
void Lock::stored_read(Member& member, const Outcome& outcome) {
  if (outcome && outcome->status == Status::good) {
    const TableView view = look(member, outcome->records);
    if (!view.complete) return;
    member.stored = value_number(view.newest) >= value_number(*lvb_);
  }
  member.verdict = Verdict::granted;
}

// Nothing of ours is there any more, and nothing of ours is to be put back.
void Lock::given_back(Member& member, Verdict verdict) {
  member.held = member.maybe = member.exclusive = member.restore = member.owes = member.behind = false;
  if (verdict == Verdict::granted || member.verdict == Verdict::open) member.verdict = verdict;
}

// Those who have left, or are dead, are dropped; beside the living the lease ends.
void Lock::others_read(Time now, Member& member, const std::vector<Record>& table) {
  const TableView view = look(member, table);
  if (!view.complete) return;
  if (!view.mine) return given_back(member, Verdict::contended);
  if (!member.restore || value_number(view.newest) > value_number(member.saved)) member.saved = view.newest;
  if (view.newest == member.saved) member.owes = false;
  if (member.behind && lvb_ && value_number(view.newest) <= value_number(*lvb_)) member.behind = false;
  if (member.held && member.exclusive && !view.others) {
    member.next = Step::unlock;
    return;
  }
  // Who has only just left is treated as who shares on: then neither waits for the other.
  const bool living = view.live || view.leaving, stores = member.owes || (lvb_ && state_ == State::releasing);
  if (living) {
    member.next = stores ? Step::unlock : Step::leave;
    return;
  }
  member.next = view.others ? Step::break_lock : Step::refresh;
  if (member.tries < kMostTries) return;
  member.verdict = Verdict::failed;
  member.retry_at = now + part(rules_.retry);
  member.tries = 0;
}

}  // namespace lvm::idm
