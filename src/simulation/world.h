// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "idm/drive.h"
#include "idm/in_process_transport.h"
#include "idm/manager/lock.h"
#include "idm/random.h"
#include "idm/virtual_timers.h"
#include "simulation/history.h"

namespace lvm::simulation {

using namespace lvm::idm;

class Host;

inline constexpr Time kSecond = std::chrono::seconds(1);
inline constexpr Time kLease = 60 * kSecond;
inline constexpr Time kWatchdog = 10 * kSecond;

// What a lock protects: who may write, by what their clients were told.
class Protected {
 public:
  // The name of the host in the way; empty when there is none.
  std::string take(int host, Mode mode);
  void drop(int host);
  bool holds(int host) const;
  void weaken(int host);

 private:
  struct User {
    int host;
    Mode mode;
  };
  std::vector<User> users_;
};

// Two locks are watched: the VG's, which guards the placement, and an LV's, which is taken under the VG's and kept.
enum Which : int { kVg = 0, kLv = 1, kLocks = 2 };

// How the clients of a history behave: chances in percent, and how long they wait between two acts. Half of the
// histories have the usual ones; each of the others has its own, and some kinds of faults only, so that what is rare
// together with everything else is frequent in one of them.
struct Habits {
  std::uint32_t vg = 60, exclusive_vg = 60, exclusive_lv = 70, release_vg = 40, release_lv = 15, convert_vg = 25,
                convert_lv = 20, store = 50, change = 40, read = 60, wait = 50;
  // Of commands, as parts: report, change, vgextend, move, stop the lockspace, activate, deactivate.
  std::array<std::uint32_t, 7> commands{20, 20, 10, 10, 2, 23, 15};
  Time soonest = kSecond / 5, latest = 6 * kSecond;
  std::uint32_t faults = ~std::uint32_t{0};  // a bit for each kind: World::inject()
};

// What is shared by the hosts: drives, the VG's metadata, and the judge.
class World {
 public:
  explicit World(const Options& options);
  ~World();
  History run();

  Time now() { return timers.now(); }
  Time random_time(Time least, Time most) {
    return least +
           Time(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>((most - least).count()) + 1)));
  }
  bool chance(std::uint32_t percent) { return random.below(100) < percent; }
  void violate(const std::string& what);
  void trace(int host, const std::string& what);
  std::size_t drive_of(const DriveId& id) const;
  static LockId lock_id(Which which);
  static std::string_view lock_name(const LockId& id);
  std::string describe(Which which) const;  // on which drives it is, by the metadata
  // The number in a lock's value: direct clients count, lvmlockd stores the VG's sequence number.
  static std::uint64_t value_of(std::span<const std::uint8_t> lvb);
  static Link healthy();

  Options options;
  const bool with_lockd;  // or clients that speak to the lock manager themselves
  Random random;
  Habits habits;
  VirtualTimers timers;
  std::vector<DriveId> ids;
  std::vector<std::shared_ptr<Drive>> drives;
  std::vector<std::unique_ptr<Host>> hosts;
  Placement placements[kLocks];  // in the VG's metadata
  DriveSet first_drives;         // decide on the global lock
  Protected users[kLocks];
  std::uint64_t last_value = 0, committed_value = 0;
  std::size_t wipes_left = 0;
  std::uint32_t stop_chance = 0;  // in percent: that a client which is told to stop does
  int besieged = -1;              // a host whose client holds on while others want its LV
  bool quiet = false;             // the faults are over, clients let go
  History result;

 private:
  void draw_habits();
  void plan_fault();
  void inject();
  void besiege();
  // forgetting.cc: drives that lose their tables.
  void wipe();
  bool survivable(const std::vector<bool>& forgetful);
  bool survived_by(const Lock& lock, const std::vector<bool>& forgetful);
  bool value_survives(const std::vector<bool>& forgetful);
  void heal();
  void finale();

  Time end_{0};
  std::uint32_t intensity_ = 0;
};

}  // namespace lvm::simulation
