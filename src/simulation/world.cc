// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulation/world.h"

#include <fmt/format.h>

#include <algorithm>

#include "idm/manager/quorum.h"
#include "simulation/direct_host.h"
#include "simulation/lockd_host.h"

namespace lvm::simulation {
namespace {

// The kinds of inject(); those behind the first are of lvmlockd.
constexpr std::uint64_t kFaultsOfDrives = 14, kFaults = 17;

}  // namespace

void Statistics::add(const Statistics& other) {
  grants += other.grants, contended += other.contended, errors += other.errors, losses += other.losses;
  takeovers += other.takeovers, adoptions += other.adoptions, conversions += other.conversions;
  placements += other.placements, values += other.values;
  moves += other.moves, forgotten += other.forgotten, half_brains += other.half_brains;
  fences += other.fences, resets += other.resets;
  kills += other.kills, lockd_kills += other.lockd_kills, pauses += other.pauses, commands += other.commands;
}

std::string Protected::take(int host, Mode mode) {
  std::string out;
  for (const User& user : users_)
    if (user.host != host && (user.mode == Mode::exclusive || mode == Mode::exclusive))
      out = fmt::format("host{} ({})", user.host, name(user.mode));
  drop(host);
  users_.push_back({host, mode});
  return out;
}

void Protected::drop(int host) {
  std::erase_if(users_, [&](const User& user) { return user.host == host; });
}

bool Protected::holds(int host) const { return std::ranges::find(users_, host, &User::host) != users_.end(); }

void Protected::weaken(int host) {
  for (User& user : users_)
    if (user.host == host) user.mode = Mode::shared;
}

LockId World::lock_id(Which which) {
  LockId id;
  id.bytes[0] = 'v';
  if (which == kLv) id.bytes[LockId::kHalf] = 'l';
  return id;
}

std::string_view World::lock_name(const LockId& id) {
  if (id == LockId::global()) return "global";
  return id == lock_id(kVg) ? "vg" : "lv";
}

std::string World::describe(Which which) const {
  std::string out(lock_name(lock_id(which)));
  for (const DriveSet& set : placements[which].sets) {
    out += " on";
    for (const auto& id : set) out += fmt::format(" {}", drive_of(*id));
  }
  return out;
}

std::uint64_t World::value_of(std::span<const std::uint8_t> lvb) {
  std::uint64_t out = 0;
  for (std::size_t i = 4; i-- > 0;) out = out << 8 | lvb[i];
  return out;
}

World::World(const Options& o) : options(o), with_lockd(o.seed % kWholeStack == 0), random(o.seed) {
  const std::size_t voters = 1 + random.below(5);
  const std::size_t all = voters + random.below(3);
  DriveBehaviour behaviour;
  behaviour.keep_last_shared = chance(20);
  behaviour.relock_conflicts = chance(10);
  for (std::size_t i = 0; i < all; ++i) {
    DriveId id;
    id.bytes.assign(8, static_cast<std::uint8_t>(i + 1));
    ids.push_back(id);
    drives.push_back(std::make_shared<Drive>(DriveLimits{}, behaviour));
    drives.back()->set_clock(Time{0}, static_cast<std::int64_t>(random.below(20'001)) - 10'000);
  }
  placements[kVg] = {.generation = 1, .sets = {DriveSet{}}};
  for (std::size_t i = 0; i < voters; ++i) placements[kVg].sets[0].emplace_back(ids[i]);
  placements[kLv] = placements[kVg];
  first_drives = placements[kVg].sets[0];
  if (with_lockd) last_value = 1;
  wipes_left = 1 + random.below(3);
  const std::size_t count = 2 + random.below(3);
  for (std::size_t i = 0; i < count; ++i) {
    const int number = static_cast<int>(i);
    if (with_lockd)
      hosts.push_back(std::make_unique<LockdHost>(*this, number));
    else
      hosts.push_back(std::make_unique<DirectHost>(*this, number));
    hosts.back()->boot();
  }
  stop_chance = static_cast<std::uint32_t>(random.below(4)) * 30;
  end_ = random_time(20 * kSecond, 180 * kSecond);
  intensity_ = options.faults ? static_cast<std::uint32_t>(random.below(4)) : 0;
  if (options.seed / kWholeStack % 2 != 0) draw_habits();
}

void World::draw_habits() {
  for (std::uint32_t* habit :
       {&habits.vg, &habits.exclusive_vg, &habits.exclusive_lv, &habits.release_vg, &habits.release_lv,
        &habits.convert_vg, &habits.convert_lv, &habits.store, &habits.change, &habits.read, &habits.wait}) {
    if (chance(50)) *habit = chance(50) ? 5 : 85;
  }
  for (std::uint32_t& part : habits.commands)
    if (chance(40)) part = chance(50) ? 1 : 60;
  switch (random.below(3)) {
    case 0: habits.soonest = kSecond / 1000, habits.latest = kSecond / 2; break;
    case 1: habits.soonest = kSecond / 50, habits.latest = 2 * kSecond; break;
    default: break;
  }
  habits.faults = static_cast<std::uint32_t>(random.next()) | 1u << random.below(kFaultsOfDrives);
  // They are over sooner, with as much in them.
  if (habits.latest < 6 * kSecond) end_ = random_time(10 * kSecond, 60 * kSecond);
  intensity_ = options.faults ? 1 + static_cast<std::uint32_t>(random.below(3)) : 0;
}

World::~World() { hosts.clear(); }  // commands that end with them look at the rest

void World::violate(const std::string& what) {
  trace(-1, "VIOLATION: " + what);
  if (result.violation.empty())
    result.violation = fmt::format("at {} ms: {}", now() / std::chrono::milliseconds(1), what);
}

void World::trace(int host, const std::string& what) {
  // The fingerprint tells whether two runs of a seed were the same.
  for (char c : what) result.fingerprint = (result.fingerprint ^ static_cast<std::uint8_t>(c)) * 0x100000001B3ull;
  result.fingerprint = (result.fingerprint ^ static_cast<std::uint64_t>(now().count())) * 0x100000001B3ull;
  if (options.trace)
    options.trace(fmt::format("{:>12.6f} {:>6} {}", static_cast<double>(now().count()) / 1e9,
                              host < 0 ? "world" : fmt::format("host{}", host), what));
}

void World::plan_fault() {
  if (intensity_ == 0) return;
  const Time most = intensity_ == 1 ? 60 * kSecond : intensity_ == 2 ? 20 * kSecond : 8 * kSecond;
  timers.after(random_time(Time{0}, most), [this] {
    if (quiet) return;
    inject();
    plan_fault();
  });
}

void World::inject() {
  Host& host = *hosts[random.below(hosts.size())];
  const std::size_t drive = random.below(drives.size());
  const Time duration = random_time(kSecond / 10, chance(35) ? 150 * kSecond : 15 * kSecond);
  const auto later = [&](auto action) { timers.after(duration, action); };
  const auto on_link = [&](auto change, auto back) {
    if (!host.up()) return;
    change(host.link(drive));
    later([back, number = &host, drive] {
      if (number->up()) back(number->link(drive));
    });
  };
  std::uint64_t kind = 0;
  do kind = random.below(with_lockd ? kFaults : kFaultsOfDrives);
  while ((habits.faults >> kind & 1) == 0);
  trace(-1, fmt::format("fault {} for {} s", kind, duration / kSecond));
  switch (kind) {
    case 0: return on_link([](Link& l) { l.cut = true; }, [](Link& l) { l.cut = false; });
    case 1: return on_link([](Link& l) { l.silent = true; }, [](Link& l) { l.silent = false; });
    case 2: return on_link([](Link& l) { l.lose_request = 300'000; }, [](Link& l) { l.lose_request = 0; });
    case 3: return on_link([](Link& l) { l.lose_reply = 300'000; }, [](Link& l) { l.lose_reply = 0; });
    case 4:  // slow both ways: commands run long after they were sent, or given up
      return on_link([](Link& l) { l.jitter = 20 * kSecond; }, [](Link& l) { l.jitter = kSecond / 2000; });
    case 5: drives[drive]->faults.gone = true; return later([this, drive] { drives[drive]->faults.gone = false; });
    case 6:
      for (auto& each : drives) each->faults.reply_delay = random_time(Time{0}, 14 * kSecond);
      return later([this] {
        for (auto& each : drives) each->faults.reply_delay = Time{0};
      });
    case 7:  // a host alone
      if (!host.up()) return;
      for (std::size_t i = 0; i < drives.size(); ++i) host.link(i).cut = true;
      return later([this, one = &host] {
        for (std::size_t i = 0; one->up() && i < drives.size(); ++i) one->link(i).cut = false;
      });
    case 8: return host.kill_manager();
    case 9: return host.pause(chance(80) ? std::min(duration, 8 * kSecond) : duration);
    case 10: drives[drive]->faults.nonsense += 2; return;
    case 11: return wipe();
    case 14:
    case 15:
    case 16: return host.kill_others();
    default: return besiege();
  }
}

// Answers come late, long enough for a renewal; then nothing comes at all. The client holds on, others want its LV.
void World::besiege() {
  const auto found = std::ranges::find_if(hosts, [](const auto& host) { return host->owns_lv(); });
  if (found == hosts.end() || besieged >= 0) return;
  Host* const one = found->get();
  besieged = static_cast<int>(found - hosts.begin());
  end_ = std::max(end_, now() + 120 * kSecond);
  const Time late = random_time(3 * kSecond, 14 * kSecond);
  for (std::size_t i = 0; i < drives.size(); ++i) one->link(i).reply_latency = late;
  timers.after(random_time(16 * kSecond, 40 * kSecond), [this, one] {
    for (std::size_t i = 0; one->up() && i < drives.size(); ++i) one->link(i).cut = true;
  });
  timers.after(115 * kSecond, [this, one] {
    besieged = -1;
    for (std::size_t i = 0; one->up() && i < drives.size(); ++i) one->link(i) = healthy();
  });
}

Link World::healthy() {
  const Time latency = std::chrono::microseconds(100);
  return {.request_latency = latency, .reply_latency = latency, .jitter = 5 * latency};
}

void World::heal() {
  quiet = true;
  besieged = -1;
  for (auto& drive : drives) drive->faults = {};
  for (auto& host : hosts) {
    if (!host->up()) continue;
    host->resume();
    for (std::size_t i = 0; i < drives.size(); ++i) {
      host->link(i) = healthy();
    }
  }
}

// Everything is well again and nobody wants anything: after two leases and a reboot, every lock must be free.
void World::finale() {
  timers.run_for(2 * kLease + 20 * kSecond);
  for (auto& host : hosts)
    if (host->up()) host->begin_finale();
  // Nobody's forgotten lock may be in the way of the others.
  const auto all_won = [&](Which which) {
    const auto won = [&](const auto& host) { return host->succeeded(which); };
    return with_lockd ? std::ranges::all_of(hosts, won) : std::ranges::any_of(hosts, won);
  };
  const Time last = now() + 2 * kLease;
  while (now() < last && !(all_won(kVg) && all_won(kLv)) && timers.run_one()) {
  }
  for (Which which : {kVg, kLv}) {
    if (!all_won(which))
      violate(fmt::format("in the end {} could have the {} lock", with_lockd ? "not everybody" : "nobody",
                          which == kVg ? "VG" : "LV"));
  }
}

History World::run() {
  plan_fault();
  while (now() < end_ && result.violation.empty() && timers.next_event() <= end_) timers.run_one();
  if (result.violation.empty()) {
    timers.run_until(end_);
    heal();
    finale();
  }
  return result;
}

History run_history(const Options& options) { return World(options).run(); }

}  // namespace lvm::simulation
