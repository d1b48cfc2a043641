// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/manager/lock.h"

#include <algorithm>

#include "idm/manager/quorum.h"

namespace lvm::idm {
namespace {

// How long one attempt waits for drives that say nothing before they count as failed.
constexpr Time kPatience = std::chrono::seconds(5);

}  // namespace

Lock::Lock(const Setup& setup, const Rules& rules) : setup_(setup), rules_(rules) { sets_ = seat(setup_.placement); }

// Two paths to one drive are one vote. A drive that is there already keeps what is known of it.
std::vector<Lock::Votes> Lock::seat(const Placement& placement) {
  std::vector<Votes> out;
  for (const DriveSet& set : placement.sets) {
    Votes votes;
    for (const auto& drive : set) {
      if (!drive) {
        ++votes.size;
        continue;
      }
      auto found = std::ranges::find(members_, drive, &Member::drive);
      const auto index = static_cast<std::uint32_t>(found - members_.begin());
      if (found == members_.end()) members_.push_back({.drive = drive});
      if (std::ranges::find(votes.members, index) != votes.members.end()) continue;
      votes.members.push_back(index);
      ++votes.size;
    }
    out.push_back(std::move(votes));
  }
  return out;
}

void Lock::acquire(LockPort& port, Time now, RequestId request, Time wait_until, std::uint32_t attempt) {
  task_ = Task::acquire;
  request_ = request;
  wait_until_ = wait_until;
  patience_ = std::max(wait_until, now + kPatience);
  attempt_ = attempt;
  pending_ = Failure::none;
  since_ = port.wall_milliseconds();
  state_ = State::claiming;
  ask_all(now);
  run(port, now);
}

void Lock::convert(LockPort& port, Time now, RequestId request, Mode mode, Time wait_until) {
  task_ = Task::convert;
  request_ = request;
  target_ = mode;
  wait_until_ = wait_until;
  patience_ = std::max(wait_until, now + kPatience);
  // Who asks to share has stopped writing alone: from here on only the weaker mode is counted on, whatever the
  // drives answer.
  if (mode == Mode::shared) {
    setup_.mode = Mode::shared;
    begin_tenure();
  }
  ask_all(now);
  run(port, now);
}

bool Lock::stays_on_a_set(const Placement& placement) const {
  return std::ranges::any_of(setup_.placement.sets, [&](const DriveSet& old) {
    return std::ranges::any_of(placement.sets,
                               [&](const DriveSet& next) { return std::ranges::is_permutation(old, next); });
  });
}

void Lock::place(LockPort& port, Time now, RequestId request, const Placement& placement, Time wait_until) {
  task_ = Task::place;
  request_ = request;
  wait_until_ = wait_until;
  patience_ = std::max(wait_until, now + kPatience);
  next_placement_ = placement;
  const std::size_t known = members_.size();
  next_sets_ = seat(placement);
  owe_values(known, placement);
  for (const Votes& votes : next_sets_)
    for (std::uint32_t index : votes.members) members_[index].leaving = false;
  placing_again_ = false;
  ask_all(now);
  run(port, now);
}

// Drives that join do not have the lock's value: they get it when the lock is released, at the latest. Where it was
// never read, "unknown" is the truth.
void Lock::owe_values(std::size_t known, const Placement& placement) {
  for (Member& member : members_) member.verify = false;
  if (!has_value()) return;
  // Where none of the sets stays, it was on drives that do not decide any more: what they have is no value, the new
  // ones know a newer.
  const bool follows = !stays_on_a_set(placement);
  if (follows) begin_tenure();
  const auto owe = [&](Member& member) {
    member.restore = member.owes = true;
    member.saved.fill(0xFF);
    if (known_lvb_) member.saved = *known_lvb_;
  };
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (follows ? members_[i].owes : i >= known || members_[i].leaving) owe(members_[i]);
  if (follows || setup_.mode != Mode::exclusive) return;
  // A drive that stays may have missed the last value, and the new set may be a majority without those that have it.
  for (std::size_t set = 0; set < next_sets_.size(); ++set) {
    if (std::ranges::is_permutation(placement.sets[set], setup_.placement.sets[0])) continue;
    for (std::uint32_t index : next_sets_[set].members) {
      owe(members_[index]);
      members_[index].verify = true;
    }
  }
}

void Lock::adopt(LockPort& port, Time now, Time wait_until, const std::vector<DriveId>& weak) {
  state_ = State::adopting;
  wait_until_ = patience_ = wait_until;
  // What that process sent in its last moments is not known.
  for (Member& member : members_) {
    member.held = true;
    member.weakened = setup_.mode == Mode::shared || std::ranges::find(weak, member.drive) != weak.end();
  }
  ask_all(now);
  run(port, now);
}

void Lock::set_renewing(LockPort& port, Time now, bool renewing) {
  if (renewing_ == renewing) return;
  renewing_ = renewing;
  if (renewing && state_ == State::held && task_ == Task::none) {
    if (!alive(now)) {
      state_ = State::adopting;
      wait_until_ = patience_ = now + setup_.lease;
    }
    ask_all(now);
  }
  run(port, now);
}

void Lock::release(LockPort& port, Time now, RequestId request) {
  if (task_ != Task::none) finish(port, Failure::cancelled);
  // Somebody else may have stored a newer one.
  if (state_ == State::lost) lvb_.reset();
  task_ = Task::release;
  request_ = request;
  patience_ = now + kPatience;
  placing_again_ = false;
  state_ = State::releasing;
  begin_release(now);
  run(port, now);
}

void Lock::set_lvb(const LvbValue& value) {
  lvb_.emplace();
  std::copy_n(value.begin(), lvb_->size(), lvb_->begin());
}

std::optional<LvbValue> Lock::take_lvb() {
  if (!lvb_) return std::nullopt;
  LvbValue out{};
  std::copy_n(lvb_->begin(), out.size(), out.begin());
  lvb_.reset();
  return out;
}

// Beside other sharers the value may change: one of them may have it from before it shared. Nor is it known by a read
// that began then and ended late.
void Lock::note_lvb(const LvbValue& value, std::uint64_t tenure) {
  if (setup_.mode != Mode::exclusive || tenure != tenure_) return;
  known_lvb_.emplace();
  std::copy_n(value.begin(), known_lvb_->size(), known_lvb_->begin());
}

void Lock::begin_tenure() {
  known_lvb_.reset();
  ++tenure_;
}

bool Lock::was_broken() const { return std::ranges::any_of(members_, &Member::broken); }

// Every voter is asked for what is wanted: a renewal where the record stands, a lock where it does not.
void Lock::ask_all(Time now) {
  // Locks renew together, a little earlier than they must: many at once cost less than one after the other.
  asked_at_ = now;
  renew_at_ = now + part(rules_.renew);
  renew_at_ -= renew_at_ % std::max(part(1), Time{1});
  for (Member& member : members_) {
    if (member.leaving) continue;
    member.verdict = Verdict::open;
    member.next = member.held ? Step::refresh : Step::try_lock;
    member.tries = 0;
    member.retry_at = Time{0};
  }
}

void Lock::run(LockPort& port, Time now) {
  check_lost(port, now);
  for (std::uint32_t i = 0; i < members_.size(); ++i) step(port, now, i);
  evaluate(port, now);
  // What was just decided may have given drives something to do.
  for (std::uint32_t i = 0; i < members_.size(); ++i) step(port, now, i);
  plan_wake(now);
}

void Lock::step(LockPort& port, Time now, std::uint32_t index) {
  Member& member = members_[index];
  if (member.busy || now < member.retry_at) return;
  if (gives_back(member)) {
    if (!member.held && !member.maybe) {
      if (member.verdict != Verdict::open) return;
      if (member.next == Step::read_value) return send(port, now, index, member.next, Mode::unlocked);
      member.verdict = Verdict::granted;
      return;
    }
    const bool exclusive = (member.held ? member.exclusive : member.sent_mode == Mode::exclusive) != member.flipped;
    if (member.next == Step::refresh || member.next == Step::break_lock)
      return send(port, now, index, member.next, Mode::exclusive);
    if (member.next == Step::leave) return send(port, now, index, Step::leave, Mode::shared);
    if (member.next == Step::read_table) return send(port, now, index, Step::read_table, Mode::shared);
    return send(port, now, index, Step::unlock, exclusive ? Mode::exclusive : Mode::shared);
  }
  if (member.verdict != Verdict::open || state_ == State::lost || state_ == State::gone) return;
  // An unlock that may still run would take back what is got here.
  if (member.poisoned) {
    member.verdict = Verdict::failed;
    return;
  }
  // One after the other: the rest keeps the lock meanwhile.
  if (member.next == Step::store_value && !kept_without(member, now)) return;
  send(port, now, index, member.next, wanted());
}

void Lock::send(LockPort& port, Time now, std::uint32_t index, Step step, Mode mode) {
  Member& member = members_[index];
  member.busy = true;
  member.giving_back = gives_back(member);
  member.sent_step = step;
  const bool reads = step == Step::read_table || step == Step::find_victim || step == Step::read_value;
  if (!reads) member.sent_mode = mode;
  member.sent = now;
  member.storing = false;
  ++member.tries;
  const CommandTicket ticket{setup_.serial, index, ++member.sequence};
  if (reads) return port.send(ticket, *member.drive, ReadRecords{member.table_size});

  MutexCommand command;
  Record& record = command.record;
  record.time = port.wall_milliseconds();
  record.countdown = static_cast<std::uint64_t>(setup_.lease / std::chrono::milliseconds(1));
  record.lock_class = class_of(mode);
  record.lock = setup_.id;
  record.host = setup_.owner;
  record.metadata = pack_ownership({.generation = setup_.placement.generation,
                                    .since = since_,
                                    .voters = voters(setup_.placement),
                                    .left = step == Step::leave,
                                    .host = setup_.host_name});
  switch (step) {
    case Step::try_lock: command.operation = Operation::try_lock; break;
    case Step::break_lock: command.operation = Operation::break_lock; break;
    case Step::refresh: command.operation = Operation::refresh; break;
    case Step::destroy:
      command.operation = Operation::destroy;
      record.lock = *member.victim;
      record.countdown = 0;
      break;
    case Step::leave:
      command.operation = Operation::refresh;
      record.countdown = 1;
      member.held = false;
      member.maybe = true;
      break;
    default:
      command.operation = Operation::unlock;
      record.countdown = 0;
      // The value is touched only when the client set one, or when what belongs here has to be put back; and not by an
      // unlock that may meet a record that a late command made behind others who had the lock, and stored newer ones.
      if (lvb_ && state_ == State::releasing && !member.unsure && !member.behind) {
        record.control = LvbControl::update;
        record.lvb = *lvb_;
        member.storing = true;
      } else if (member.restore && !member.behind && (member.held || !member.unsure)) {
        record.control = LvbControl::update;
        record.lvb = member.saved;
      }
      member.held = false;
      member.maybe = true;
      break;
  }
  port.send(ticket, *member.drive, std::move(command));
}

void Lock::answered(LockPort& port, Time now, const CommandTicket& ticket, const Outcome& outcome) {
  if (ticket.member >= members_.size()) return;
  Member& member = members_[ticket.member];
  if (!member.busy || member.sequence != ticket.sequence) return;
  // Before anything is believed: is there still a lock that it could strengthen?
  check_lost(port, now);
  member.busy = false;
  if (makes_a_record(member) && !member.giving_back && (gives_back(member) || state_ == State::lost))
    member.behind = true;
  if (!outcome) {
    ++member.errors;
    if (outcome.error().may_have_run) may_run_later(port, member);
  }
  if (member.giving_back) {
    release_answered(now, member, outcome);
  } else {
    claim_answered(now, member, outcome);
    // It was on its way when the release began; what to do first is known only now.
    if (gives_back(member)) start_back(member);
  }
  run(port, now);
}

// What no later lock of this host may be hit by gets that another owner's id.
void Lock::may_run_later(LockPort& port, Member& member) {
  const Step step = member.sent_step;
  if (makes_a_record(member)) member.unsure = true;
  if (shares(member)) {
    member.exclusive = false;
    member.weakened = true;
  }
  const bool takes_back = step == Step::unlock || step == Step::leave || step == Step::store_value;
  if (takes_back) member.poisoned = true;
  if (takes_back || shares(member)) port.taint(*this);
}

void Lock::tick(LockPort& port, Time now) {
  check_lost(port, now);
  if (state_ == State::backing_off && now >= back_until_) {
    if (now >= wait_until_) {
      give_up(port, now, holder_ ? Failure::contended : pending_);
    } else if (std::ranges::any_of(members_, &Member::poisoned)) {
      ++attempt_;
      state_ = State::releasing;
      port.start_over(*this);
      task_ = Task::none;
      request_ = 0;
    } else {
      ++attempt_;
      state_ = State::claiming;
      ask_all(now);
    }
  }
  if (state_ == State::held && task_ == Task::none && renewing_ && now >= renew_at_) ask_all(now);
  if (placing_again_ && now >= back_until_) {
    placing_again_ = false;
    for (Member& member : members_)
      if (!member.leaving && member.verdict != Verdict::granted) {
        member.verdict = Verdict::open;
        member.next = member.held ? Step::refresh : Step::try_lock;
        member.tries = 0;
      }
  }
  open_again(now);
  run(port, now);
}

// Renewal and adoption take no drive's refusal for good: the more drives a lock is on, the more of them may fail or
// forget.
void Lock::open_again(Time now) {
  if (task_ != Task::none || (state_ != State::held && state_ != State::adopting) || !renewing_) return;
  for (Member& member : members_) {
    if (member.busy || member.leaving || member.verdict == Verdict::open || member.verdict == Verdict::granted)
      continue;
    if (now < member.retry_at || (state_ == State::adopting && member.verdict == Verdict::contended)) continue;
    member.verdict = Verdict::open;
    member.next = member.held ? Step::refresh : Step::try_lock;
    member.tries = 0;
  }
}

void Lock::check_lost(LockPort& port, Time now) {
  if (state_ != State::held || !renewing_ || alive(now)) return;
  if (task_ != Task::none) finish(port, Failure::expired);
  state_ = State::lost;
}

void Lock::finish(LockPort& port, Failure failure) {
  if (task_ == Task::none) return;
  port.done(*this, failure);
  task_ = Task::none;
  request_ = 0;
}

void Lock::plan_wake(Time now) {
  Time wake = Time::max();
  const auto at = [&](Time when) { wake = std::min(wake, std::max(when, now + std::chrono::microseconds(1))); };
  for (const Member& member : members_) {
    const bool waits = gives_back(member) ? member.held || member.maybe : member.verdict != Verdict::granted;
    if (!member.busy && waits && member.retry_at > now) at(member.retry_at);
  }
  if (task_ != Task::none && state_ != State::backing_off) at(patience_);
  if (placing_again_) at(back_until_);
  switch (state_) {
    case State::backing_off: at(back_until_); break;
    case State::adopting: at(wait_until_); break;
    case State::held:
      if (renewing_) at(deadline());
      if (renewing_ && task_ == Task::none) at(renew_at_);
      break;
    case State::releasing: at(give_up_at_); break;
    default: break;
  }
  wake_ = state_ == State::gone ? Time::max() : wake;
}

std::vector<Lock::DriveView> Lock::drives() const {
  std::vector<DriveView> out;
  for (const Member& member : members_)
    out.push_back({member.drive, member.held, member.exclusive, member.busy, member.leaving,
                   eligible(member, setup_.mode), member.renewed, member.errors});
  return out;
}

}  // namespace lvm::idm
