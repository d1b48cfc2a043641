// SPDX-License-Identifier: LGPL-2.1-or-later
// Counting: what the drives' answers add up to.
#include <algorithm>
#include <limits>

#include "idm/manager/lock.h"
#include "idm/manager/quorum.h"

namespace lvm::idm {
namespace {

constexpr Time kNever = Time(std::numeric_limits<std::int64_t>::min() / 4);
constexpr std::uint32_t kMostDoublings = 8;
constexpr Time kGiveBackPatience = std::chrono::seconds(1);

}  // namespace

// What the command does that was sent last.
bool Lock::makes_a_record(const Member& member) {
  return member.sent_step == Step::try_lock || member.sent_step == Step::break_lock;
}
bool Lock::shares(const Member& member) {
  return member.sent_mode == Mode::shared &&
         (member.sent_step == Step::refresh || member.sent_step == Step::break_lock);
}

bool Lock::may_be_shared(const Member& member) { return member.weakened || (member.busy && shares(member)); }

std::vector<DriveId> Lock::weak_drives() const {
  std::vector<DriveId> out;
  if (setup_.mode != Mode::exclusive) return out;
  for (const Member& member : members_)
    if (member.drive && may_be_shared(member)) out.push_back(*member.drive);
  return out;
}

bool Lock::eligible(const Member& member, Mode mode) const {
  if (!member.held || member.leaving || member.poisoned) return false;
  if (mode == Mode::shared) return true;
  return member.exclusive && !may_be_shared(member);
}

bool Lock::counts(const Member& member, Mode mode, Time now) const {
  return eligible(member, mode) && now < member.renewed + part(rules_.usable);
}

Lock::Tally Lock::tally(const Votes& votes, Time now) const {
  Tally out{.failed = votes.size - votes.members.size()};
  for (std::uint32_t index : votes.members) {
    const Member& member = members_[index];
    switch (member.verdict) {
      case Verdict::granted: counts(member, wanted(), now) ? ++out.granted : ++out.failed; break;
      case Verdict::open: now >= patience_ ? ++out.failed : ++out.open; break;
      case Verdict::contended: ++out.contended; break;
      case Verdict::failed: ++out.failed; break;
      case Verdict::full: ++out.full; break;
    }
  }
  return out;
}

bool Lock::won(const std::vector<Votes>& sets, Time now) const {
  return std::ranges::all_of(sets,
                             [&](const Votes& votes) { return tally(votes, now).granted >= majority(votes.size); });
}

bool Lock::promotable() const {
  return std::ranges::all_of(sets_, [&](const Votes& votes) {
    const auto able = std::ranges::count_if(votes.members, [&](std::uint32_t index) {
      const Member& member = members_[index];
      return !member.weakened && !member.poisoned && !member.leaving;
    });
    return static_cast<std::size_t>(able) >= majority(votes.size);
  });
}

// Do the others keep the lock? Only those that said so since they were all asked: one that had forgotten it before must
// not be counted on.
bool Lock::kept_without(const Member& member, Time now) const {
  return std::ranges::all_of(sets_, [&](const Votes& votes) {
    const auto others = std::ranges::count_if(votes.members, [&](std::uint32_t index) {
      const Member& other = members_[index];
      return &other != &member && other.renewed >= asked_at_ && counts(other, setup_.mode, now);
    });
    return static_cast<std::size_t>(others) >= keeping(votes.size);
  });
}

// Can the drives that have not answered yet still make a majority in every set?
bool Lock::undecided(const std::vector<Votes>& sets, Time now) const {
  return std::ranges::all_of(sets, [&](const Votes& votes) {
    const Tally sum = tally(votes, now);
    return sum.granted + sum.open >= majority(votes.size);
  });
}

Failure Lock::verdict_of(const std::vector<Votes>& sets, Time now) const {
  Failure out = Failure::contended;
  for (const Votes& votes : sets) {
    const Tally sum = tally(votes, now);
    if (sum.failed >= too_many_failures(votes.size)) return Failure::io;
    if (sum.contended == 0 && sum.full > 0) out = Failure::table_full;
    if (sum.contended == 0 && sum.full == 0 && sum.granted < majority(votes.size)) out = Failure::io;
  }
  return out;
}

Time Lock::base_of(const Votes& votes) const {
  std::vector<Time> times;
  times.reserve(votes.members.size());
  for (std::uint32_t index : votes.members)
    if (eligible(members_[index], setup_.mode)) times.push_back(members_[index].renewed);
  const std::size_t needed = keeping(votes.size);
  if (times.size() < needed) return kNever;
  std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(needed - 1), std::greater{});
  return times[needed - 1];
}

Time Lock::base() const {
  Time out = Time::max();
  for (const Votes& votes : sets_) out = std::min(out, base_of(votes));
  return out;
}

Time Lock::deadline() const { return base() + part(rules_.usable); }

std::size_t Lock::spare(Time now) const {
  std::size_t out = std::numeric_limits<std::size_t>::max();
  for (const Votes& votes : sets_) {
    const auto held = static_cast<std::size_t>(std::ranges::count_if(
        votes.members, [&](std::uint32_t index) { return counts(members_[index], setup_.mode, now); }));
    out = std::min(out, held - std::min(held, keeping(votes.size)));
  }
  return out;
}

void Lock::evaluate(LockPort& port, Time now) {
  switch (state_) {
    case State::claiming: return evaluate_claim(port, now);
    case State::adopting: return evaluate_adopt(now);
    case State::held:
      check_lost(port, now);
      if (state_ != State::held) return;
      if (task_ == Task::convert) evaluate_convert(port, now);
      if (task_ == Task::place) evaluate_place(port, now);
      return;
    case State::releasing: return evaluate_release(port, now);
    default: return;
  }
}

void Lock::evaluate_claim(LockPort& port, Time now) {
  if (won(sets_, now)) {
    state_ = State::held;
    return finish(port, Failure::none);
  }
  if (undecided(sets_, now)) return;
  pending_ = verdict_of(sets_, now);
  if (now < wait_until_) return back_off(port, now);
  begin_release(now);
  give_up(port, now, pending_);
}

// The client is told when the drives have been given back: then it may ask again at once without meeting itself.
void Lock::give_up(LockPort& port, Time now, Failure failure) {
  pending_ = failure;
  state_ = State::releasing;
  patience_ = now + kGiveBackPatience;
  evaluate_release(port, now);
}

// Everything is given back, so that of two hosts with half of the drives each one can win; the pause is random and
// grows.
void Lock::back_off(LockPort& port, Time now) {
  const std::int64_t most = std::int64_t{1'000'000} << std::min(attempt_, kMostDoublings);
  state_ = State::backing_off;
  begin_release(now);
  back_until_ = now + Time(most / 2 + static_cast<std::int64_t>(port.random() % static_cast<std::uint64_t>(most)));
  back_until_ = std::min(back_until_, std::max(wait_until_, now));
}

void Lock::evaluate_convert(LockPort& port, Time now) {
  if (won(sets_, now)) {
    if (promoting()) begin_tenure();
    setup_.mode = target_;
    return finish(port, Failure::none);
  }
  const bool promotion = promoting();
  if (undecided(sets_, now)) return;
  if (!promotion && now < patience_ &&
      std::ranges::any_of(members_, [](const Member& m) { return !m.leaving && m.verdict == Verdict::open; }))
    return;
  const Failure failure = verdict_of(sets_, now);
  // Without renewal (only tests do that) the records may be gone.
  if (failure != Failure::io && !alive(now)) {
    finish(port, Failure::expired);
    return;
  }
  // A demotion that a minority of drives refuses is done: it asks for nothing that others could refuse.
  finish(port, promotion || failure == Failure::io ? failure : Failure::none);
  if (promotion) ask_all(now);  // back to sharing, where it had been promoted
}

void Lock::evaluate_place(LockPort& port, Time now) {
  if (placing_again_) return;
  if (won(next_sets_, now) && alive(now)) {
    sets_ = std::move(next_sets_);
    next_sets_.clear();
    setup_.placement = next_placement_;
    leave_all_but(sets_, now);
    return finish(port, Failure::none);
  }
  if (undecided(next_sets_, now)) return;
  if (now < wait_until_) {
    placing_again_ = true;
    back_until_ = now + part(rules_.retry) / 4 + Time(static_cast<std::int64_t>(port.random() % 1'000'000));
    return;
  }
  const Failure failure = verdict_of(next_sets_, now);
  next_sets_.clear();
  leave_all_but(sets_, now);
  finish(port, failure);
}

// The records were never gone on enough drives: nobody else can have had the lock, whatever time has passed.
void Lock::evaluate_adopt(Time now) {
  if (alive(now)) {
    state_ = State::held;
    return;
  }
  for (const Votes& votes : sets_) {
    std::size_t possible = 0;
    for (std::uint32_t index : votes.members)
      if (members_[index].held && members_[index].verdict != Verdict::contended) ++possible;
    if (possible < keeping(votes.size)) state_ = State::lost;
  }
  if (now >= wait_until_) state_ = State::lost;
}

Failure Lock::release_verdict(Time now) const {
  Failure out = Failure::none;
  for (const Votes& votes : sets_) {
    std::size_t failed = 0, gone = 0;
    for (std::uint32_t index : votes.members) {
      const Verdict verdict = members_[index].verdict;
      if (verdict == Verdict::failed || (verdict == Verdict::open && now >= patience_)) ++failed;
      if (verdict == Verdict::contended) ++gone;
    }
    if (failed >= too_many_failures(votes.size)) return Failure::io;
    if (gone >= too_many_failures(votes.size)) out = Failure::expired;
  }
  if (out == Failure::none && lvb_ && !stored()) out = Failure::io;
  return out;
}

// A value that a minority has may be seen or not: drives that it was not asked of, because the lock was not there, do
// not count for it.
bool Lock::stored() const {
  return std::ranges::all_of(sets_, [&](const Votes& votes) {
    const auto count = std::ranges::count_if(votes.members, [&](std::uint32_t i) { return members_[i].stored; });
    return static_cast<std::size_t>(count) >= majority(votes.size);
  });
}

void Lock::evaluate_release(LockPort& port, Time now) {
  const bool answered_all = now >= patience_ || std::ranges::none_of(members_, [](const Member& member) {
                              return member.verdict == Verdict::open;
                            });
  if (task_ != Task::none) {
    if (!answered_all) return;
    finish(port, task_ == Task::release ? release_verdict(now) : pending_);
  }
  const bool clean =
      std::ranges::none_of(members_, [](const Member& member) { return member.busy || member.held || member.maybe; });
  if (clean || now >= give_up_at_) state_ = State::gone;
}

}  // namespace lvm::idm
