// SPDX-License-Identifier: LGPL-2.1-or-later
// A client of the lock manager itself: what programs with its C library do with the VG's lock and an LV's.
#include <fmt/format.h>

#include <algorithm>

#include "simulation/direct_host.h"

namespace lvm::simulation {

void DirectHost::plan_act(Time soonest, Time latest) {
  world_.timers.after(world_.random_time(soonest, latest), [this, daemon = daemons_, boot = boots_] {
    if (daemon != daemons_ || boot != boots_) return;
    if (running()) act();
    plan_act(world_.habits.soonest, world_.habits.latest);
  });
}

void DirectHost::act() {
  for (Which which : {kVg, kLv})
    if (uses_[which].able && !uses_[which].attached) return reattach(which);
  if (finale_) return act_finale();
  if (world_.besieged >= 0) {
    if (world_.besieged != number_) act_siege();
    return;
  }
  world_.chance(world_.habits.vg) ? act_vg() : act_lv();
}

// Drawn one after the other: in which order arguments are evaluated is the compiler's choice, and a seed has one
// history.
void DirectHost::ask_somehow(Which which, std::uint32_t exclusive_percent, Time most) {
  const Time wait = world_.chance(world_.habits.wait) ? Time{0} : world_.random_time(Time{0}, most);
  const Mode mode = world_.chance(exclusive_percent) ? Mode::exclusive : Mode::shared;
  ask(which, mode, wait);
}

void DirectHost::act_vg() {
  Use& use = uses_[kVg];
  switch (use.doing) {
    case Doing::nothing:
      if (world_.quiet) return;
      return ask_somehow(kVg, world_.habits.exclusive_vg, 6 * kSecond);
    case Doing::holding:
      if (!use.able || world_.quiet || world_.chance(world_.habits.release_vg)) return release(kVg);
      if (world_.chance(world_.habits.convert_vg))
        return convert(kVg, use.mode == Mode::exclusive ? Mode::shared : Mode::exclusive);
      if (use.mode == Mode::exclusive && world_.chance(world_.habits.store)) {
        use.value = ++world_.last_value;
        LvbValue value{};
        for (std::size_t i = 0; i < 7; ++i) value[i] = static_cast<std::uint8_t>(use.value >> (8 * i));
        return with([&](Manager& manager, Time) { manager.write_lvb(0, space_, World::lock_id(kVg), value); });
      }
      if (use.mode == Mode::exclusive && world_.chance(world_.habits.change))
        return change_placement(world_.chance(50) ? kVg : kLv);
      return;
    case Doing::lost: return release(kVg);
    default: return;
  }
}

void DirectHost::act_lv() {
  Use& use = uses_[kLv];
  switch (use.doing) {
    case Doing::nothing:
      // Under the VG's lock, so that the placement cannot change meanwhile.
      if (world_.quiet || uses_[kVg].doing != Doing::holding || !uses_[kVg].able) return;
      return ask_somehow(kLv, world_.habits.exclusive_lv, 3 * kSecond);
    case Doing::holding:
      if (!use.able || world_.quiet || world_.chance(world_.habits.release_lv)) return release(kLv);
      // After a move the old drives may be taken out of the VG: they must not be needed any more.
      if (holds(kVg) && use.generation < world_.placements[kLv].generation && world_.chance(50))
        return place(kLv, world_.placements[kLv]);
      if (world_.chance(world_.habits.convert_lv))
        return convert(kLv, use.mode == Mode::exclusive ? Mode::shared : Mode::exclusive);
      return;
    case Doing::lost: return release(kLv);
    default: return;
  }
}

// Wants the LV that another host cannot renew any more, so as to get it as soon as the drives allow.
void DirectHost::act_siege() {
  if (uses_[kVg].doing == Doing::nothing) return ask(kVg, Mode::shared, 2 * kSecond);
  if (uses_[kVg].doing != Doing::holding || !uses_[kVg].able) return act_vg();
  if (uses_[kLv].doing == Doing::nothing) return ask(kLv, Mode::exclusive, 20 * kSecond);
}

void DirectHost::act_finale() {
  for (Which which : {kVg, kLv}) {
    Use& use = uses_[which];
    if (use.doing == Doing::holding || use.doing == Doing::lost) return release(which);
    if (use.doing == Doing::nothing && !finale_won_[which]) return ask(which, Mode::exclusive, 20 * kSecond);
    if (use.doing != Doing::nothing) return;
  }
}

void DirectHost::begin_finale() {
  finale_ = true;
  for (bool& won : finale_won_) won = false;
}

// The client outlived the lock manager: it asks the new one for what it has.
void DirectHost::reattach(Which which) {
  Use& use = uses_[which];
  if (use.request != 0 && use.doing == Doing::asking) return;
  const Mode mode = use.mode;
  use.doing = Doing::asking;
  use.target = mode;
  use.fresh = false;
  use.request = ++last_request_;
  with([&](Manager& manager, Time now) {
    manager.acquire(now, use.request, space_, World::lock_id(which), mode, use.placement, kLease, Time{0});
  });
}

void DirectHost::ask(Which which, Mode mode, Time wait) {
  Use& use = uses_[which];
  use = {.doing = Doing::asking, .target = mode, .fresh = true, .request = ++last_request_};
  use.placement = world_.placements[which];
  world_.trace(number_, fmt::format("asks for {} {}", which == kVg ? "vg" : "lv", name(mode)));
  with([&](Manager& manager, Time now) {
    manager.acquire(now, use.request, space_, World::lock_id(which), mode, use.placement, kLease, wait);
  });
}

void DirectHost::convert(Which which, Mode mode) {
  Use& use = uses_[which];
  if (use.mode == mode) return;
  use.doing = Doing::converting;
  use.target = mode;
  use.request = ++last_request_;
  if (mode == Mode::shared) {
    use.mode = Mode::shared;
    world_.users[which].weaken(number_);
  }
  world_.trace(number_, fmt::format("converts {} to {}", which == kVg ? "vg" : "lv", name(mode)));
  with([&](Manager& manager, Time now) { manager.convert(now, use.request, space_, World::lock_id(which), mode); });
}

void DirectHost::stop_using(Which which) {
  uses_[which].able = false;
  world_.users[which].drop(number_);
}

void DirectHost::release(Which which) {
  stop_using(which);
  Use& use = uses_[which];
  use.doing = Doing::releasing;
  use.request = ++last_request_;
  world_.trace(number_, fmt::format("releases {}", which == kVg ? "vg" : "lv"));
  with([&](Manager& manager, Time now) { manager.release(now, use.request, space_, World::lock_id(which)); });
}

// What vgextend and vgreduce do to the VG's drives, and lvextend and pvmove to the LV's, under the VG's lock.
// Phase 1: the metadata say that old and new drives vote; who holds the lock moves over. Phase 2, when nobody holds it
// by the old ones alone any more: only the new.
void DirectHost::change_placement(Which which) {
  Placement& placement = world_.placements[which];
  if (placement.sets.size() == 2) {
    // The VG's lock has a value: its new drives have that before the metadata name them alone.
    if (which == kVg && uses_[kVg].generation == placement.generation)
      return place(kVg, {.generation = placement.generation + 1, .sets = {placement.sets[1]}});
    if (which == kVg) return place(kVg, placement);
    if (holders_request_ != 0) return;
    holders_request_ = ++last_request_;
    return with([&](Manager& manager, Time now) {
      manager.query(now, holders_request_, space_, Query::Kind::holders, World::lock_id(kLv), placement);
    });
  }
  // An LV is on drives of its VG; of a VG no drive is removed that an LV is on.
  const DriveSet& of_vg = world_.placements[kVg].sets.back();
  const auto used = [&](const DriveId& id) {
    return std::ranges::any_of(world_.placements[kLv].sets,
                               [&](const DriveSet& set) { return std::ranges::find(set, id) != set.end(); });
  };
  DriveSet next;
  for (const DriveId& id : world_.ids) {
    const bool may = which == kVg || std::ranges::find(of_vg, id) != of_vg.end();
    if (may && (world_.chance(60) || (which == kVg && used(id)))) next.emplace_back(id);
  }
  if (next.empty() || next == placement.sets[0]) return;
  placement = {.generation = placement.generation + 1, .sets = {placement.sets[0], next}};
  ++world_.result.statistics.placements;
  world_.trace(number_, fmt::format("placement {} of {}: joint", placement.generation, which == kVg ? "vg" : "lv"));
  if (holds(which)) place(which, placement);
}

void DirectHost::place(Which which, const Placement& placement) {
  Use& use = uses_[which];
  next_placement_[which] = placement;
  use.doing = Doing::placing;
  use.request = ++last_request_;
  with([&](Manager& manager, Time now) {
    manager.place(now, use.request, space_, World::lock_id(which), placement, 2 * kSecond);
  });
}

void DirectHost::told_placed(Which which, const Answer& answer) {
  Use& use = uses_[which];
  use.doing = Doing::holding;
  if (answer.failure == Failure::expired) use.doing = Doing::lost;
  if (answer.failure != Failure::none || !use.able) return;
  const Placement& next = next_placement_[which];
  use.placement = next;
  use.generation = next.generation;
  if (next.generation > world_.placements[which].generation) finish_placement(which);
  if (which == kLv) ++world_.result.statistics.moves;
}

void DirectHost::told_holders(const Answer& answer) {
  holders_request_ = 0;
  const Placement& placement = world_.placements[kLv];
  if (!holds(kVg) || uses_[kVg].mode != Mode::exclusive || placement.sets.size() != 2) return;
  // All drives must have told: whoever holds it by the old set alone is on half of those.
  if (answer.failure != Failure::none || answer.answered < answer.asked) return;
  for (const Holder& holder : answer.holders)
    if (holder.generation < placement.generation) return;
  finish_placement(kLv);
}

void DirectHost::finish_placement(Which which) {
  Placement& placement = world_.placements[which];
  placement = {.generation = placement.generation + 1, .sets = {placement.sets[1]}};
  if (which == kVg) uses_[kVg].generation = placement.generation;
  world_.trace(number_, fmt::format("placement {} of {}: new only", placement.generation, which == kVg ? "vg" : "lv"));
}

void DirectHost::told(RequestId request, const Answer& answer) {
  if (request == 0) return;
  if (request == value_request_) return told_value(answer);
  if (request == holders_request_) return told_holders(answer);
  for (Which which : {kVg, kLv}) {
    Use& use = uses_[which];
    if (use.request != request) continue;
    use.request = 0;
    if (answer.failure == Failure::contended) ++world_.result.statistics.contended;
    if (answer.failure == Failure::io) ++world_.result.statistics.errors;
    if (answer.failure == Failure::expired) ++world_.result.statistics.losses;
    switch (use.doing) {
      case Doing::asking: return told_asked(which, answer);
      case Doing::converting: return told_converted(which, answer);
      case Doing::placing: return told_placed(which, answer);
      case Doing::releasing: return told_released(which, answer);
      default: return;
    }
  }
}

void DirectHost::told_asked(Which which, const Answer& answer) {
  Use& use = uses_[which];
  world_.trace(number_, fmt::format("{} {}: {}", which == kVg ? "vg" : "lv", name(use.target), name(answer.failure)));
  if (answer.failure != Failure::none) {
    if (use.fresh || !use.able) {
      use = {};
    } else if (answer.failure == Failure::expired || answer.failure == Failure::fenced) {
      // It was lost between two lives of the daemon: no more use of it. Who asks again gets it as something new.
      release(which);
    } else {
      use.doing = Doing::holding;  // not adopted yet: again later
    }
    return;
  }
  use.attached = true;
  use.doing = Doing::holding;
  use.mode = use.target;
  if (!use.fresh) {
    if (!use.able) release(which);
    return;
  }
  granted(which);
}

void DirectHost::granted(Which which) {
  Use& use = uses_[which];
  use.generation = use.placement.generation;
  if (use.generation != world_.placements[which].generation) {
    world_.trace(number_, "the placement was old");
    return release(which);
  }
  if (which == kLv && !finale_) {
    const Lock* vg = manager_->find(space_, World::lock_id(kVg));
    if (!uses_[kVg].able || vg == nullptr || vg->state() != Lock::State::held) return release(which);
  }
  const std::string other = world_.users[which].take(number_, use.mode);
  if (!other.empty())
    world_.violate(fmt::format("host{} was granted the {} lock {} beside {}", number_, which == kVg ? "VG" : "LV",
                               name(use.mode), other));
  use.able = true;
  ++world_.result.statistics.grants;
  if (const Lock* lock = manager_->find(space_, World::lock_id(which)); lock != nullptr && lock->was_broken())
    ++world_.result.statistics.takeovers;
  if (finale_) finale_won_[which] = true;
  if (which != kVg || !world_.chance(world_.habits.read)) return;
  value_request_ = ++last_request_;
  value_floor_ = world_.committed_value;
  with([&](Manager& manager, Time now) { manager.read_lvb(now, value_request_, space_, World::lock_id(kVg)); });
}

void DirectHost::told_value(const Answer& answer) {
  value_request_ = 0;
  Use& use = uses_[kVg];
  if (!answer.lvb || *answer.lvb == kUnknownLvb || !use.able || use.value != 0) return;
  std::uint64_t value = 0;
  for (std::size_t i = 7; i-- > 0;) value = value << 8 | (*answer.lvb)[i];
  ++world_.result.statistics.values;
  world_.trace(number_, fmt::format("reads the value {}", value));
  // What was written while the drives were being read may be seen or not.
  if (value < value_floor_)
    world_.violate(fmt::format("host{} read the value {} after {} had been seen", number_, value, value_floor_));
  world_.committed_value = std::max(world_.committed_value, value);
}

void DirectHost::told_converted(Which which, const Answer& answer) {
  Use& use = uses_[which];
  use.doing = answer.failure == Failure::expired ? Doing::lost : Doing::holding;
  if (answer.failure != Failure::none || !use.able) return;
  ++world_.result.statistics.conversions;
  if (use.target != Mode::exclusive) return;
  use.mode = Mode::exclusive;
  world_.users[which].drop(number_);
  const std::string other = world_.users[which].take(number_, Mode::exclusive);
  if (!other.empty())
    world_.violate(
        fmt::format("host{} was promoted on the {} lock beside {}", number_, which == kVg ? "VG" : "LV", other));
}

void DirectHost::told_released(Which which, const Answer& answer) {
  if (uses_[which].value > 0)
    world_.trace(number_, fmt::format("stored the value {}: {}", uses_[which].value, name(answer.failure)));
  Use& use = uses_[which];
  if (which == kVg && answer.failure == Failure::none && use.value > world_.committed_value)
    world_.committed_value = use.value;
  use = {};
}

}  // namespace lvm::simulation
