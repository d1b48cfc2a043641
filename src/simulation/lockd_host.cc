// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulation/lockd_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lockd/managers/idm/idm_manager.h"
#include "simulation/lvm_command.h"

namespace lvm::simulation {

// idmlockd's way to the drives, with what its loop does when an answer has come.
class LockdHost::CountingTransport final : public Transport {
 public:
  explicit CountingTransport(LockdHost& host) : host_(host) {}

  Ticket submit(const DriveId& drive, Command command, Time timeout, Completion done) override {
    World& world = host_.world_;
    ++world.result.statistics.commands;
    const std::string serial = world.options.commands ? std::to_string(++serial_) : std::string();
    if (world.options.commands) host_.tell(serial, drive, command);
    if (!world.options.commands)
      return host_.transport_->submit(drive, std::move(command), timeout,
                                      [this, done = std::move(done)](Outcome outcome) mutable {
                                        done(std::move(outcome));
                                        host_.look_at_output();
                                      });
    return host_.transport_->submit(drive, std::move(command), timeout,
                                    [this, serial, drive, done = std::move(done)](Outcome outcome) mutable {
                                      host_.tell(serial, drive, outcome);
                                      done(std::move(outcome));
                                      host_.look_at_output();
                                    });
  }
  void forget(Ticket ticket) override { host_.transport_->forget(ticket); }
  int ready_fd() const override { return -1; }
  void dispatch() override {}

 private:
  LockdHost& host_;
  std::uint64_t serial_ = 0;
};

class LockdHost::PipeExchange final : public lockd::idm::Exchange {
 public:
  PipeExchange(LockdHost& host, PipePtr pipe) : host_(host), pipe_(std::move(pipe)) {}
  ~PipeExchange() override { host_.close(pipe_); }
  Result<std::string> exchange(const std::string& line) override { return host_.exchange(pipe_, line); }

 private:
  LockdHost& host_;
  PipePtr pipe_;
};

LockdHost::LockdHost(World& world, int number) : Host(world, number) {}

LockdHost::~LockdHost() { switched_off(); }

std::vector<std::string> LockdHost::drives_of(const DriveSet& set) const {
  std::vector<std::string> out;
  for (const auto& drive : set) out.push_back(drive ? drive->text() : std::string());
  return out;
}

Result<std::vector<DriveId>> LockdHost::drives_below(const std::string& path) {
  return fail(Code::not_found, path + ": drives are named by their ids here");
}

void LockdHost::switched_on() {
  active_ = Mode::unlocked;
  vg_started = vg_killed = false;
  adopt_file_.clear();
  machine_timers_ = std::make_unique<ProcessTimers>(*this, nullptr);
}

void LockdHost::switched_off() {
  for (auto& command : commands_) command.reset();
  stop_lockd();
  stop_manager();
  pipes_.clear();
  machine_timers_.reset();
  for (int user = 0; user < kUsers; ++user)
    for (Protected& users : world_.users) users.drop(number_ * kUsers + user);
  active_ = Mode::unlocked;
}

void LockdHost::go_on() {
  if (manager_timers_) manager_timers_->go_on();
  if (lockd_) lockd_->timers.go_on();
  machine_timers_->go_on();
  for (auto& command : commands_)
    if (command) command->go_on();
}

void LockdHost::start_manager() {
  manager_timers_ = std::make_unique<ProcessTimers>(*this, [this] { look_at_output(); });
  counting_ = std::make_unique<CountingTransport>(*this);
  service_ = std::make_unique<Service>(*counting_, *manager_timers_, *this, *this, world_.options.rules,
                                       fmt::format("host{}", number_));
  std::vector<JournalEntry> entries;
  for (const auto& [key, entry] : journal_) entries.push_back(entry);
  world_.result.statistics.adoptions += entries.size();
  service_->adopt(entries);
}

void LockdHost::stop_manager() {
  service_.reset();
  counting_.reset();
  manager_timers_.reset();
  for (const PipePtr& pipe : std::exchange(pipes_, {})) {
    pipe->open = false;
    if (pipe->wake && lockd_ && !lockd_->executor.stopped())
      lockd_->timers.soon([pipe] {
        if (auto wake = std::exchange(pipe->wake, nullptr)) wake();
      });
  }
}

// The first start of a machine: everything else begins after it.
void LockdHost::manager_started(bool again) {
  if (again) return;
  start_lockd();
  for (int slot = 0; slot < kSlots; ++slot) plan_command(slot, Time{0}, 3 * kSecond);
}

// lvmlockctl --kill, on behalf of idmlockd.
void LockdHost::fence(const std::string& space, FenceStage stage, const FencePlan& plan) {
  ++world_.result.statistics.fences;
  trace(fmt::format("fence {}: {}", space, name(stage)));
  if (stage != FenceStage::kill_path || plan.path.empty() || (commands_[kKiller] && !commands_[kKiller]->ended()))
    return;
  commands_[kKiller] = std::make_unique<LvmCommand>(*this, kKiller, world_.random.next(), LvmCommand::Kind::kill_vg);
}

Result<std::unique_ptr<lockd::idm::Exchange>> LockdHost::connect() {
  if (!service_ || lockd_->executor.stopped()) return fail(Code::io, "idmlockd does not run");
  auto pipe = std::make_shared<Pipe>();
  pipe->client = service_->connect(Service::Protocol::text, static_cast<std::int32_t>(lockd_->life));
  pipes_.push_back(pipe);
  return std::make_unique<PipeExchange>(*this, std::move(pipe));
}

// On a fiber of lvmlockd.
Result<std::string> LockdHost::exchange(const PipePtr& pipe, const std::string& line) {
  const auto gone = [&] { return !pipe->open || lockd_->executor.stopped(); };
  if (gone()) return fail(Code::io, "idmlockd is gone");
  pipe->answered = false;
  pipe->reply.clear();
  pipe->wake = lockd_->executor.waker();
  watch_request(*pipe, line);
  lockd_->timers.soon([this, pipe, line] {
    if (!pipe->open) return;
    const std::string text = line + "\n";
    service_->receive(pipe->client, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    look_at_output();
  });
  Fiber::suspend();
  pipe->wake = nullptr;
  if (!pipe->answered || gone()) return fail(Code::io, "idmlockd is gone");
  watch_reply(*pipe, line, pipe->reply);
  return pipe->reply;
}

// lvmlockd's end of it.
void LockdHost::close(const PipePtr& pipe) {
  if (!std::exchange(pipe->open, false) || !service_) return;
  std::erase(pipes_, pipe);
  manager_timers_->soon([this, client = pipe->client] { service_->disconnect(client); });
}

// What idmlockd's loop does: answers go out.
void LockdHost::look_at_output() {
  for (const PipePtr& pipe : pipes_) {
    std::string& output = service_->output(pipe->client);
    if (output.empty()) continue;
    pipe->reply += std::exchange(output, {});
    if (!pipe->reply.ends_with("\n\n") || pipe->answered || !pipe->wake) continue;
    pipe->answered = true;
    lockd_->timers.soon([pipe] {
      if (auto wake = std::exchange(pipe->wake, nullptr)) wake();
    });
  }
}

// Where this host's VG lock is, by idmlockd.
const Placement* LockdHost::vg_placement() const {
  for (const Lock* lock : service_->manager().locks())
    if (lock->id() == World::lock_id(kVg) && lock->state() == Lock::State::held) return &lock->setup().placement;
  return nullptr;
}

namespace {

std::optional<std::uint64_t> version_in(std::string_view line) {
  const std::size_t at = line.find("value=");
  if (at == std::string_view::npos) return std::nullopt;
  const auto value = lockd::idm::parse_value(line.substr(at + 6, 16));
  return value ? std::optional<std::uint64_t>(value->version) : std::nullopt;
}

const std::string& vg_id() {
  static const std::string id = "id=" + lockd::idm::lock_id(LockdHost::kVgUuid, {});
  return id;
}

}  // namespace

void LockdHost::watch_request(Pipe& pipe, const std::string& line) {
  if (line.find(vg_id()) == std::string::npos) return;
  if (line.starts_with("lock ")) pipe.value.reset();
  if (line.starts_with("read ")) pipe.floor = world_.committed_value;
  if (line.starts_with("write ")) pipe.value = version_in(line);
}

// Values never go back: where the drives are those that the metadata name, what is read is not older than what was
// stored for good, or had been read before.
void LockdHost::watch_reply(Pipe& pipe, const std::string& line, const std::string& reply) {
  if (reply.starts_with("error contended")) ++world_.result.statistics.contended;
  if (reply.starts_with("error expired")) ++world_.result.statistics.losses;
  if (line.starts_with("lock ") && reply.starts_with("ok"))
    for (const Lock* lock : service_->manager().locks())
      if (lock->was_broken() && line.find(lock->id().hex()) != std::string::npos) ++world_.result.statistics.takeovers;
  if (line.find(vg_id()) == std::string::npos || !reply.starts_with("ok")) return;
  if (line.starts_with("unlock ")) {
    const auto stored = std::exchange(pipe.value, std::nullopt);
    if (!stored) return;
    trace(fmt::format("stored the value {}", *stored));
    world_.committed_value = std::max(world_.committed_value, *stored);
  }
  if (!line.starts_with("read ")) return;
  const auto value = version_in(reply);
  const Placement* placement = vg_placement();
  if (!value || placement == nullptr || placement->sets != world_.placements[kVg].sets) return;
  ++world_.result.statistics.values;
  trace(fmt::format("reads the value {}", *value));
  if (*value < pipe.floor)
    world_.violate(fmt::format("host{} read the value {} after {} had been seen", number_, *value, pipe.floor));
  world_.committed_value = std::max(world_.committed_value, *value);
}

void LockdHost::start_lockd() {
  lockd_ = std::make_unique<Lockd>(*this);
  vg_started = vg_killed = false;
  lockd::ManagerOptions options;
  options.idm_global_drives = drives_of(world_.first_drives);
  std::vector<std::unique_ptr<lockd::Manager>> managers;
  managers.push_back(lockd::make_idm_manager(options, [this] { return connect(); }));
  lockd::CoreOptions core;
  core.vg_in_use = [this](const std::string&, const std::set<int>&) {
    return std::ranges::any_of(commands_, [](const auto& command) { return command && command->holds_vg(); });
  };
  lockd_->core = std::make_unique<lockd::Core>(lockd_->executor, std::move(managers), std::move(core),
                                               [this](const std::string& text) {
                                                 if (world_.options.trace) trace("lvmlockd: " + text);
                                               });
  adopt();
}

// As the daemon does: what is not active needs no lock.
void LockdHost::adopt() {
  const auto serve = [this](const std::vector<std::string>& problems) {
    for (const std::string& problem : problems) trace("adopt: " + problem);
    lockd_->serves = true;
  };
  auto state = lockd::read_adopt_file(adopt_file_);
  if (!state || world_.options.lockd_forgets) return serve({});
  if (active_ == Mode::unlocked) state->lvs.clear();
  lockd_->core->adopt(*state, serve);
  settle_lockd();
}

// A turn of lvmlockd's loop.
void LockdHost::settle_lockd() {
  lockd::Core& core = *lockd_->core;
  core.advance();
  if (core.take_adopt_changed() && lockd_->serves) adopt_file_ = write_adopt_file_text(core.adopt_state(), 1, 1, "now");
  const auto due = core.next_due();
  const Time at = due ? std::chrono::duration_cast<Time>(*due) : Time::max();
  if (at == lockd_->due_at) return;
  if (lockd_->due != 0) lockd_->timers.cancel(lockd_->due);
  lockd_->due = 0;
  lockd_->due_at = at;
  if (at == Time::max()) return;
  lockd_->due = lockd_->timers.at(at, [this] {
    lockd_->due = 0;
    lockd_->due_at = Time::max();
  });
}

void LockdHost::stop_lockd() {
  if (!lockd_) return;
  for (auto& command : commands_)
    if (command) command->lockd_gone();
  lockd_->executor.stop();
  for (const PipePtr& pipe : std::vector(pipes_)) close(pipe);
  lockd_->core.reset();
  lockd_.reset();
}

void LockdHost::kill_others() {
  if (!up_) return;
  const std::uint64_t what = world_.random.below(3);
  if (what == 0) {
    auto& command = commands_[world_.random.below(kSlots)];
    if (!command || command->ended()) return;
    trace("command killed");
    command.reset();
    return;
  }
  if (!lockd_) return;
  trace("lvmlockd killed");
  ++world_.result.statistics.lockd_kills;
  stop_lockd();
  machine_timers_->after(world_.random_time(kSecond / 10, 8 * kSecond), [this] {
    if (!lockd_) start_lockd();
  });
}

bool LockdHost::changing() const {
  return std::ranges::any_of(commands_, [](const auto& command) {
    return command && !command->ended() && !LvmCommand::only_reads(command->kind());
  });
}

void LockdHost::plan_command(int slot, Time soonest, Time latest) {
  machine_timers_->after(world_.random_time(soonest, latest), [this, slot] {
    begin_command(slot);
    plan_command(slot, world_.habits.soonest, world_.habits.latest);
  });
}

void LockdHost::begin_command(int slot) {
  auto& command = commands_[static_cast<std::size_t>(slot)];
  if ((command && !command->ended()) || !lockd_) return;
  const auto kind = LvmCommand::choose(*this);
  command = std::make_unique<LvmCommand>(*this, slot, world_.random.next(), kind);
}

void LockdHost::begin_finale() {
  finale_ = true;
  for (bool& won : finale_won_) won = false;
}

}  // namespace lvm::simulation
