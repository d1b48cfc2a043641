// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "dm/user/raid/set.h"

// How far the copies of a set are equal, and what is to be done about it.
namespace lvm::dm::user {

RaidSet::Action RaidSet::wanted() const {
  std::lock_guard lock(mutex_);
  const auto good = std::ranges::count_if(members_, [](const auto& m) { return m.usable() && m.in_sync; });
  if (resync_offset_ != kRaidDone && good > 1) return Action::resync;
  const bool missing = std::ranges::any_of(members_, [](const auto& m) { return m.usable() && !m.in_sync; });
  return missing ? Action::recover : Action::idle;
}

std::uint64_t RaidSet::resync_offset() const {
  std::lock_guard lock(mutex_);
  return resync_offset_;
}

std::uint64_t RaidSet::recovery_offset() const {
  std::lock_guard lock(mutex_);
  auto lowest = options_.sectors;
  for (const auto& member : members_)
    if (member.usable() && !member.in_sync) lowest = std::min(lowest, member.recovery_offset);
  return lowest;
}

bool RaidSet::is_member_target(Action action, std::size_t index) const {
  std::lock_guard lock(mutex_);
  return members_[index].usable() && members_[index].in_sync == (action == Action::resync);
}

std::optional<std::uint64_t> RaidSet::next_region(Action action, std::uint64_t sector) const {
  std::lock_guard lock(mutex_);
  // A member that was away needs what has bits; one that is new needs all.
  const bool all = action == Action::recover && std::ranges::any_of(members_, [](const auto& member) {
                     return member.usable() && !member.in_sync && !member.by_bitmap;
                   });
  for (auto region = sector / options_.region_sectors; region < regions(); ++region)
    if (all || (action == Action::resync ? needed_[region] : bit(region))) return region;
  return std::nullopt;
}

Result<> RaidSet::advance(Action action, std::uint64_t sector, bool checkpoint) {
  {
    std::lock_guard lock(mutex_);
    if (action == Action::resync) {
      const auto from = resync_offset_ == kRaidDone ? 0 : resync_offset_ / options_.region_sectors;
      for (auto region = from; region < regions() && region_end(region) <= sector; ++region) needed_[region] = false;
      if (resync_offset_ != kRaidDone) resync_offset_ = std::max(resync_offset_, sector);
    } else {
      for (auto& member : members_)
        if (member.usable() && !member.in_sync) member.recovery_offset = std::max(member.recovery_offset, sector);
    }
  }
  if (!checkpoint || options_.read_only) return {};
  // What superblocks call equal must be on stable storage.
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (usable()[i] && !members_[i].data->flush()) static_cast<void>(fail_member(i));
  return write_superblocks();
}

Result<> RaidSet::finish(Action action) {
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (usable()[i] && !members_[i].data->flush()) static_cast<void>(fail_member(i));
  {
    std::lock_guard lock(mutex_);
    if (action == Action::resync) {
      resync_offset_ = kRaidDone;
      needed_.assign(needed_.size(), false);
    } else {
      for (auto& member : members_)
        if (member.usable() && !member.in_sync) {
          member.in_sync = true;
          member.by_bitmap = false;
          member.recovery_offset = options_.sectors;
        }
      // Bits that were kept for it have done their work.
      if (!degraded()) needed_.assign(needed_.size(), false);
    }
  }
  auto written = write_superblocks();
  options_.host->raise_event();
  return written;
}

}  // namespace lvm::dm::user
