// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulation/lvm_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <utility>

namespace lvm::simulation {
namespace {

using lockd::Op;
using lockd::ResourceKind;

lockd::Request vg_request(Op op) {
  lockd::Request out;
  out.op = op;
  out.resource = ResourceKind::vg;
  out.manager = lockd::ManagerKind::idm;
  out.vg_name = LockdHost::kVgName;
  out.vg_uuid = LockdHost::kVgUuid;
  return out;
}

lockd::Request lv_request(Op op) {
  lockd::Request out = vg_request(op);
  out.resource = ResourceKind::lv;
  out.lv_uuid = LockdHost::kLvUuid;
  out.lv_args = "idm";
  return out;
}

Mode idm_mode(lockd::Mode mode) { return mode == lockd::Mode::exclusive ? Mode::exclusive : Mode::shared; }

bool has(int result) { return result == 0 || result == -EALREADY; }
bool moved(const lockd::Reply& reply) { return std::ranges::find(reply.flags, "MOVED") != reply.flags.end(); }

constexpr std::string_view name(LvmCommand::Kind kind) {
  constexpr std::string_view kNames[] = {"none",      "lock-start", "lock-stop",  "report", "change", "vgextend",
                                         "lv's move", "activate",   "deactivate", "kill",   "drop",   "finale"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace

// One command at a time changes something on a host, as their locks on files have it.
LvmCommand::Kind LvmCommand::choose(LockdHost& host) {
  World& world = host.world();
  const bool active = host.active() != Mode::unlocked;
  if (host.changing()) return world.quiet ? Kind::none : Kind::report;
  if (host.vg_killed) return Kind::drop_vg;
  if (!host.vg_started) return Kind::start_vg;
  if (host.finale()) return host.succeeded(kVg) && host.succeeded(kLv) ? Kind::none : Kind::finale;
  if (world.quiet) return active ? Kind::deactivate : Kind::none;
  if (world.besieged >= 0)
    return world.besieged == host.number() ? Kind::report : active ? Kind::deactivate : Kind::activate;
  // As Habits::commands has them.
  constexpr Kind kKinds[] = {Kind::report,  Kind::change_vg, Kind::extend_vg, Kind::move_lv,
                             Kind::stop_vg, Kind::activate,  Kind::deactivate};
  const auto& parts = world.habits.commands;
  static_assert(std::size(kKinds) == std::tuple_size_v<decltype(Habits::commands)>);
  std::uint64_t what = world.random.below(std::accumulate(parts.begin(), parts.end(), std::uint64_t{0}));
  std::size_t at = 0;
  while (what >= parts[at]) what -= parts[at++];
  if (kKinds[at] == Kind::stop_vg && active) return Kind::move_lv;
  if (kKinds[at] == Kind::deactivate && !active) return Kind::activate;
  return kKinds[at];
}

LvmCommand::LvmCommand(LockdHost& host, int slot, std::uint64_t seed, Kind kind)
    : host_(host),
      world_(host.world()),
      user_(host.user(slot)),
      kind_(kind),
      random_(seed),
      timers_(host, nullptr),
      fiber_(std::make_unique<Fiber>([this] { run(); })) {
  timers_.soon([this] { fiber_->resume(); });
}

LvmCommand::~LvmCommand() {
  killed_ = true;
  *alive_ = false;
  for (Protected& users : world_.users) users.drop(user_);
  while (!fiber_->ended()) fiber_->resume();
  if (connected()) host_.lockd()->core->disconnect(client_);
}

void LvmCommand::run() {
  if (killed_) return;
  if (kind_ != Kind::none) world_.trace(host_.number(), fmt::format("begins {}", name(kind_)));
  switch (kind_) {
    case Kind::none: return;
    case Kind::start_vg: start_vg(); break;
    case Kind::stop_vg: stop_vg(); break;
    case Kind::report: report(); break;
    case Kind::change_vg: change_vg(); break;
    case Kind::extend_vg: extend_vg(); break;
    case Kind::move_lv: move_lv(); break;
    case Kind::activate:
      activate(chance(host_.world().habits.exclusive_lv) ? lockd::Mode::exclusive : lockd::Mode::shared);
      break;
    case Kind::deactivate: deactivate(); break;
    case Kind::kill_vg: kill_vg(); break;
    case Kind::drop_vg: drop_vg(); break;
    case Kind::finale: finale(); break;
  }
  if (killed_) return;
  drop(kVg, user_);
  drop(kLv, user_);
  if (!connected()) return;
  host_.lockd()->timers.soon([host = &host_, client = client_] { host->lockd()->core->disconnect(client); });
  client_ = 0;
}

// --- The connection ---

// The daemon serves nobody before it has adopted what its predecessor left.
bool LvmCommand::connect() {
  while (!killed_ && client_ == 0) {
    if (host_.lockd() == nullptr) return false;
    if (host_.lockd()->serves) {
      lockd_ = host_.lockd()->life;
      client_ = host_.lockd()->core->connect();
    } else {
      sleep(kSecond / 5);
    }
  }
  return connected();
}

bool LvmCommand::connected() const {
  return client_ != 0 && host_.lockd() != nullptr && host_.lockd()->life == lockd_ &&
         !host_.lockd()->executor.stopped();
}

void LvmCommand::lockd_gone() {
  if (!waits_ || !connected()) return;
  timers_.soon([this] {
    if (waits_) fiber_->resume();
  });
}

lockd::Reply LvmCommand::ask(lockd::Request request) {
  lockd::Reply lost;
  lost.result = -lockd::error::no_daemon;
  if (killed_ || (client_ == 0 && !connect()) || !connected()) return lost;
  reply_.reset();
  const auto answer = [this, alive = alive_](const lockd::Request&, const lockd::Reply& reply) {
    if (!*alive) return false;
    timers_.soon([this, reply] {
      if (!waits_) return;
      reply_ = reply;
      fiber_->resume();
    });
    return true;
  };
  host_.lockd()->timers.soon([host = &host_, client = client_, request = std::move(request), answer] {
    host->lockd()->core->submit(client, request, answer);
  });
  waits_ = true;
  Fiber::suspend();
  waits_ = false;
  return reply_ && !killed_ ? *reply_ : lost;
}

void LvmCommand::sleep(Time most) {
  if (killed_) return;
  timers_.after(Time(static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most.count()) + 1))),
                [this] { fiber_->resume(); });
  Fiber::suspend();
}

// --- What is judged ---

void LvmCommand::take(Which which, int user, Mode mode) {
  if (killed_) return;
  const std::string other = world_.users[which].take(user, mode);
  ++world_.result.statistics.grants;
  world_.trace(host_.number(), fmt::format("has the {} lock, {}", which == kVg ? "vg" : "lv", idm::name(mode)));
  if (!other.empty())
    world_.violate(fmt::format("host{} was granted the {} lock {} beside user {} (of {} for each host)", host_.number(),
                               which == kVg ? "VG" : "LV", idm::name(mode), other, LockdHost::kUsers));
}

void LvmCommand::drop(Which which, int user) {
  if (which == kVg) holds_vg_ = false;
  world_.users[which].drop(user);
}

// Under the exclusive lock nobody else has written since the metadata were read.
void LvmCommand::write_metadata(const std::function<void()>& change) {
  if (killed_) return;
  if (world_.last_value != seqno_)
    world_.violate(fmt::format("host{} wrote metadata {} over {}", host_.number(), seqno_ + 1, world_.last_value));
  seqno_ = ++world_.last_value;
  wrote_ = true;
  change();
  world_.trace(host_.number(),
               fmt::format("writes metadata {}: {}, {}", seqno_, world_.describe(kVg), world_.describe(kLv)));
}

// --- Locks as commands take them ---

int LvmCommand::ask_global(lockd::Mode mode) {
  lockd::Request request;
  request.op = Op::lock;
  request.resource = ResourceKind::global;
  request.manager = lockd::ManagerKind::idm;
  request.mode = mode;
  const int result = ask(request).result;
  global_ = result == 0 && mode != lockd::Mode::unlocked;
  return result;
}

bool LvmCommand::lock_vg(lockd::Mode mode) {
  lockd::Request request = vg_request(Op::lock);
  request.mode = mode;
  lockd::Reply reply = ask(request);
  for (int tries = 0; tries < 3 && reply.result == -EAGAIN; ++tries) {
    sleep(kSecond);
    reply = ask(request);
  }
  if (reply.result == -lockd::error::no_lockspace || reply.result == -lockd::error::device_open)
    host_.vg_started = false;
  if (reply.result == -lockd::error::vg_killed) host_.vg_killed = true;
  if (!has(reply.result)) {
    world_.trace(host_.number(), fmt::format("vg lock: {}", reply.result));
    ++world_.result.statistics.errors;
    return false;
  }
  if (!follow_drives()) {
    request.mode = lockd::Mode::unlocked;
    ask(request);
    return false;
  }
  holds_vg_ = !killed_;
  take(kVg, user_, idm_mode(mode));
  return !killed_;
}

// The lock is to be on the drives that the metadata name: where it was not, they are read again.
bool LvmCommand::follow_drives() {
  for (int times = 0; times < 8; ++times) {
    seqno_ = world_.last_value;
    const DriveSet drives = world_.placements[kVg].sets.back();
    sleep(kSecond / 100);
    const lockd::Reply reply = place(kVg, drives, false);
    if (reply.result != 0) return false;
    if (!moved(reply)) return true;
  }
  return false;
}

void LvmCommand::unlock_vg() {
  drop(kVg, user_);
  if (wrote_) {
    lockd::Request request = vg_request(Op::update);
    request.version = static_cast<std::int64_t>(seqno_);
    ask(request);
  }
  wrote_ = false;
  lockd::Request request = vg_request(Op::lock);
  request.mode = lockd::Mode::unlocked;
  ask(request);
  if (global_) ask_global(lockd::Mode::unlocked);
}

lockd::Reply LvmCommand::lock_lv(lockd::Mode mode, bool persistent) {
  lockd::Request request = lv_request(Op::lock);
  request.mode = mode;
  request.options.persistent = persistent;
  request.drives = host_.drives_of(world_.placements[kLv].sets.back());
  lockd::Reply reply = ask(std::move(request));
  if (!has(reply.result)) world_.trace(host_.number(), fmt::format("lv lock {}: {}", to_string(mode), reply.result));
  return reply;
}

lockd::Reply LvmCommand::place(Which which, const DriveSet& drives, bool joint) {
  lockd::Request request = which == kVg ? vg_request(Op::place) : lv_request(Op::place);
  request.version = static_cast<std::int64_t>(seqno_);
  request.drives = host_.drives_of(drives);
  request.options.joint = joint;
  return ask(std::move(request));
}

// An LV is on drives of its VG; of a VG no drive is removed that an LV is on.
DriveSet LvmCommand::other_drives(Which which) {
  const DriveSet& of_vg = world_.placements[kVg].sets.back();
  const DriveSet& of_lv = world_.placements[kLv].sets.back();
  const auto in = [](const DriveSet& set, const DriveId& id) { return std::ranges::find(set, id) != set.end(); };
  DriveSet out;
  for (const DriveId& id : world_.ids) {
    if (which == kLv && !in(of_vg, id)) continue;
    if (chance(60) || (which == kVg && in(of_lv, id))) out.emplace_back(id);
  }
  return out;
}

// --- Commands ---

void LvmCommand::start_vg() {
  lockd::Request request = vg_request(Op::start);
  request.options.wait = true;
  request.drives = host_.drives_of(world_.placements[kVg].sets.back());
  request.version = static_cast<std::int64_t>(world_.last_value);
  sleep(kSecond / 10);
  const int result = ask(std::move(request)).result;
  world_.trace(host_.number(), fmt::format("lock-start: {}", result));
  if (!killed_) host_.vg_started = result == 0 || result == -EEXIST;
}

void LvmCommand::stop_vg() {
  if (ask(vg_request(Op::stop)).result == 0 && !killed_) host_.vg_started = false;
}

void LvmCommand::report() {
  if (chance(30)) ask_global(lockd::Mode::shared);
  if (!lock_vg(lockd::Mode::shared)) return;
  sleep(2 * kSecond);
  unlock_vg();
}

void LvmCommand::change_vg() {
  if (!lock_vg(lockd::Mode::exclusive)) return;
  sleep(2 * kSecond);
  write_metadata([] {});
  if (chance(30)) write_metadata([] {});
  sleep(4 * kSecond);
  unlock_vg();
}

void LvmCommand::extend_vg() {
  if (chance(50) && ask_global(lockd::Mode::exclusive) != 0) return;
  if (!lock_vg(lockd::Mode::exclusive)) return;
  const DriveSet before = world_.placements[kVg].sets.back(), next = other_drives(kVg);
  if (next.empty() || next == before) return unlock_vg();
  sleep(kSecond);
  if (place(kVg, next, true).result != 0) {
    place(kVg, before, false);
    return unlock_vg();
  }
  sleep(kSecond);
  write_metadata([&] {
    world_.placements[kVg] = {.generation = seqno_, .sets = {next}};
    ++world_.result.statistics.placements;
  });
  sleep(kSecond);
  place(kVg, next, false);
  unlock_vg();
}

// Where the LV is active its lock goes along, in steps; else it is taken for so long, and the next who takes it reads
// of the new drives.
void LvmCommand::move_lv() {
  if (!lock_vg(lockd::Mode::exclusive)) return;
  Mode active = host_.active();
  const DriveSet before = world_.placements[kLv].sets.back(), next = other_drives(kLv);
  if (next.empty() || next == before) return unlock_vg();
  if (!has(lock_lv(lockd::Mode::exclusive, false).result)) return unlock_vg();
  // A command that was killed made the volume's lock exclusive before it could be told: this one is.
  if (active == Mode::shared) become(active = Mode::exclusive);
  if (active != Mode::exclusive) take(kLv, user_, Mode::exclusive);
  const bool moves = active == Mode::exclusive;
  // A command that was killed may have left it on two sets, of which the metadata name one.
  if (moves && (place(kLv, before, false).result != 0 || place(kLv, next, true).result != 0)) {
    place(kLv, before, false);
    return unlock_vg();
  }
  sleep(kSecond);
  write_metadata([&] {
    world_.placements[kLv] = {.generation = seqno_, .sets = {next}};
    ++world_.result.statistics.moves;
  });
  sleep(kSecond);
  if (moves) place(kLv, next, false);
  if (!moves) {
    drop(kLv, user_);
    lock_lv(lockd::Mode::unlocked, false);
  }
  unlock_vg();
}

bool LvmCommand::activate(lockd::Mode mode) {
  if (!lock_vg(lockd::Mode::shared)) return false;
  const Mode wanted = idm_mode(mode), active = host_.active();
  bool done = active == wanted;
  if (active == Mode::exclusive && wanted == Mode::shared && !killed_) {
    host_.set_active(Mode::shared);
    world_.users[kLv].weaken(host_.lv_user());
  }
  if (!done) {
    done = has(lock_lv(mode, true).result) && !killed_;
    if (done) {
      if (active != Mode::unlocked) ++world_.result.statistics.conversions;
      become(wanted);
    }
  }
  sleep(kSecond / 2);
  unlock_vg();
  return done;
}

void LvmCommand::become(Mode mode) {
  if (killed_) return;
  host_.set_active(mode);
  take(kLv, host_.lv_user(), mode);
}

void LvmCommand::forget_active() {
  if (killed_) return;
  host_.set_active(Mode::unlocked);
  world_.users[kLv].drop(host_.lv_user());
}

// It may be all that is left to do: with or without locks.
void LvmCommand::deactivate() {
  const bool locked = lock_vg(lockd::Mode::shared);
  sleep(kSecond / 2);
  forget_active();
  lock_lv(lockd::Mode::unlocked, true);
  if (locked) unlock_vg();
}

// Its storage is lost: what uses it is to end. Not every machine's kill command does.
void LvmCommand::kill_vg() {
  ask(vg_request(Op::kill_vg));
  if (!killed_) host_.vg_killed = true;
  if (!world_.chance(world_.stop_chance)) return;
  sleep(2 * kSecond);
  drop_vg();
}

void LvmCommand::drop_vg() {
  forget_active();
  const int result = ask(vg_request(Op::drop_vg)).result;
  world_.trace(host_.number(), fmt::format("drop: {}", result));
  if (killed_ || (result != 0 && result != -lockd::error::no_lockspace)) return;
  host_.vg_killed = host_.vg_started = false;
}

void LvmCommand::finale() {
  if (!host_.succeeded(kLv)) {
    if (activate(lockd::Mode::exclusive)) host_.won(kLv);
    // Also what is not active: its shared lock may have outlived it, and cannot become exclusive where the answer to
    // its demotion was lost.
    deactivate();
  }
  if (!host_.succeeded(kVg) && lock_vg(lockd::Mode::exclusive)) {
    if (!killed_) host_.won(kVg);
    unlock_vg();
  }
}

}  // namespace lvm::simulation
