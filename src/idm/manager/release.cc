// SPDX-License-Identifier: LGPL-2.1-or-later
// Giving the drives back, until they say so or the lease has ended by itself.
#include <algorithm>

#include "idm/manager/lock.h"

namespace lvm::idm {
namespace {

constexpr Time kBusyPause = std::chrono::milliseconds(10);
constexpr std::uint8_t kMostFlips = 4;

}  // namespace

void Lock::begin_release(Time now) {
  // A lease that nobody renews any more ends by itself: with 5 % for the drive's clock.
  give_up_at_ = now + setup_.lease + setup_.lease / 20;
  for (Member& member : members_) {
    member.verdict = Verdict::open;
    member.next = keeps_value(member) ? Step::refresh : Step::unlock;
    member.flipped = false;
    member.tries = 0;
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
    member.verdict = Verdict::open;
    member.next = keeps_value(member) ? Step::refresh : Step::unlock;
    member.flipped = false;
    member.retry_at = now;
  }
}

// Drives forget a mutex with its value when the last sharer leaves. Whoever leaves as the only sharer makes itself the
// exclusive owner first: an exclusive owner's record stays. LV locks have no value.
bool Lock::keeps_value(const Member& member) const {
  if (setup_.mode != Mode::shared || (member.held && member.exclusive)) return false;
  return std::all_of(setup_.id.bytes.begin() + LockId::kHalf, setup_.id.bytes.end(),
                     [](std::uint8_t byte) { return byte == 0; });
}

void Lock::release_answered(LockPort& port, Time now, Member& member, const Outcome& outcome) {
  if (!outcome) {
    member.verdict = Verdict::failed;
    member.retry_at = now + part(rules_.retry);
    if (outcome.error().may_have_run && member.sent_step == Step::unlock) {
      member.poisoned = true;
      port.taint(*this);
    }
    return;
  }
  switch (outcome->status) {
    case Status::good:
      if (member.sent_step == Step::refresh) {
        member.held = member.exclusive = true;
        member.next = Step::unlock;
        return;
      }
      member.held = member.maybe = member.exclusive = false;
      member.verdict = Verdict::granted;
      return;
    case Status::terminated:
      if (member.sent_step == Step::refresh) {
        member.next = Step::unlock;  // other sharers keep the record
        return;
      }
      member.flipped = !member.flipped;
      if (member.tries < kMostFlips) return;
      break;
    case Status::busy: member.retry_at = now + kBusyPause; return;
    case Status::conflict:
    case Status::not_found:
      member.held = member.maybe = member.exclusive = false;
      if (member.verdict == Verdict::open) member.verdict = Verdict::contended;
      return;
    default: break;
  }
  member.verdict = Verdict::failed;
  member.retry_at = now + part(rules_.retry);
}

}  // namespace lvm::idm
