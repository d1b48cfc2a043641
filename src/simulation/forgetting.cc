// SPDX-License-Identifier: LGPL-2.1-or-later
// Drives that lose their tables: as many at once as docs/idm.md promises to survive, and never one more.
#include <fmt/format.h>

#include <algorithm>

#include "idm/manager/quorum.h"
#include "simulation/host.h"

namespace lvm::simulation {

std::size_t World::drive_of(const DriveId& id) const {
  return static_cast<std::size_t>(std::ranges::find(ids, id) - ids.begin());
}

// One drive after the other is added, in a random order, as long as all that is promised survives.
void World::wipe() {
  if (wipes_left == 0) return;
  std::vector<bool> forgetful(drives.size());
  const std::size_t first = random.below(drives.size()), most = 1 + random.below(drives.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < drives.size() && count < most; ++i) {
    const std::size_t drive = (first + i) % drives.size();
    forgetful[drive] = true;
    if (survivable(forgetful))
      ++count;
    else
      forgetful[drive] = false;
  }
  if (count == 0) return;
  --wipes_left;
  result.statistics.forgotten += count;
  for (std::size_t i = 0; i < drives.size(); ++i) {
    if (!forgetful[i]) continue;
    trace(-1, fmt::format("drive {} forgets everything", i));
    drives[i]->drop_records();
  }
}

bool World::survivable(const std::vector<bool>& forgetful) {
  for (const auto& host : hosts) {
    if (!host->up()) continue;
    // Nobody knows what its client holds until the next daemon has read the journal.
    if (host->manager() == nullptr) return false;
    for (const Lock* lock : host->manager()->locks())
      if (!survived_by(*lock, forgetful)) return false;
  }
  return value_survives(forgetful);
}

// A drive that forgets while it is asked for something, or after it granted what is not decided yet, counts as one that
// did not grant it. The rest must be a keeping quorum by itself, with leases as young as those that are forgotten: then
// the lock is as good as its holder believes, whatever fails from now on.
bool World::survived_by(const Lock& lock, const std::vector<bool>& forgetful) {
  const auto views = lock.drives();
  const bool deciding =
      lock.task() == Lock::Task::convert || lock.task() == Lock::Task::place || lock.task() == Lock::Task::release;
  for (const auto& view : views) {
    if (!forgetful[drive_of(*view.drive)]) continue;
    if (view.busy || deciding || (lock.task() == Lock::Task::acquire && view.held)) return false;
  }
  if (lock.state() != Lock::State::held && lock.state() != Lock::State::lost && lock.state() != Lock::State::adopting)
    return true;
  const auto stands = [&](const Lock::DriveView& view) {
    if (!view.votes) return false;
    return std::ranges::any_of(drives[drive_of(*view.drive)]->records(now()), [&](const Record& record) {
      return record.lock == lock.id() && record.host == lock.setup().owner && is_locked(record.state) &&
             (lock.mode() == Mode::shared || record.lock_class == LockClass::exclusive);
    });
  };
  for (const DriveSet& set : lock.setup().placement.sets) {
    const auto in_set = [&](const Lock::DriveView& view) { return std::ranges::find(set, view.drive) != set.end(); };
    bool votes = false;
    Time newest{0};
    for (const auto& view : views) {
      if (!in_set(view) || !forgetful[drive_of(*view.drive)] || !view.held) continue;
      votes = true;
      newest = std::max(newest, view.renewed);
    }
    if (!votes) continue;
    const auto left = std::ranges::count_if(views, [&](const Lock::DriveView& view) {
      return in_set(view) && !forgetful[drive_of(*view.drive)] && view.renewed >= newest && stands(view);
    });
    if (static_cast<std::size_t>(left) < keeping(set.size())) return false;
  }
  return true;
}

// Of every majority one drive must still know the value, or a newer one.
bool World::value_survives(const std::vector<bool>& forgetful) {
  if (committed_value == 0) return true;
  for (const DriveSet& set : placements[kVg].sets) {
    std::size_t having = 0;
    for (const auto& id : set) {
      if (forgetful[drive_of(*id)]) continue;
      const auto records = drives[drive_of(*id)]->records(now());
      having += std::ranges::any_of(records, [&](const Record& record) {
        return record.lock == lock_id(kVg) && value_of(record.lvb) >= committed_value;
      });
    }
    if (having < keeping(set.size())) return false;
  }
  return true;
}

}  // namespace lvm::simulation
