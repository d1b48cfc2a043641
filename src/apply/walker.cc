// SPDX-License-Identifier: LGPL-2.1-or-later
#include "apply/walker.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <new>

#include "apply/update_world.h"
#include "base/version.h"

namespace lvm::apply {
namespace {

// A signal that came between suspend and resume, or between precommit and commit, waits: the stage ends
// first. A kill cannot wait; the next command then recovers.
class HoldSignals {
 public:
  HoldSignals() {
    sigset_t held;
    sigemptyset(&held);
    for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&held, signal);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~HoldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  HoldSignals(const HoldSignals&) = delete;
  HoldSignals& operator=(const HoldSignals&) = delete;
  // Between two stages: lets through what came meanwhile. Not each time where there are thousands of small ones.
  void end_of_stage(std::size_t of) {
    constexpr std::size_t kFew = 16;
    if (of > kFew && ++stages_ % kFew != 0) return;
    sigset_t held;
    pthread_sigmask(SIG_SETMASK, &before_, &held);
    pthread_sigmask(SIG_SETMASK, &held, nullptr);
  }

 private:
  sigset_t before_;
  std::size_t stages_ = 0;
};

// Enough to take a stage back: error texts, tables of a device, a header.
constexpr std::size_t kReserve = 1 << 20;

// Nothing depends on what it does, whatever becomes of it.
bool is_advice(const step::Step& step) {
  const auto* discard = std::get_if<step::Discard>(&step);
  return discard && !discard->required;
}

// Once more with the reserve when memory runs out, if that `helps`.
template <class Run, class Helps>
Result<> with_reserve(std::unique_ptr<std::byte[]>& reserve, Run run, Helps helps) {
  try {
    return run();
  } catch (const std::bad_alloc&) {
    if (!reserve) return fail(Code::io, "Out of memory.");
    reserve.reset();
  }
  if (!helps()) return fail(Code::io, "Out of memory.");
  try {
    return run();
  } catch (const std::bad_alloc&) {
    return fail(Code::io, "Out of memory.");
  }
}

commit::Devices devices_of(const world::World& world) {
  commit::Devices out;
  for (const world::PvDevice& pv : world.pvs)
    if (!pv.duplicate) out.emplace(pv.id, pv);
  return out;
}

}  // namespace

bool interrupted() {
  sigset_t pending;
  sigpending(&pending);
  return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1;
}

Applier::Applier(System& system, const config::Config& config, world::World& world, Dialogue& dialogue,
                 Settings settings)
    : walker_(std::make_unique<Walker>(system, config, world, dialogue, std::move(settings))) {}
Applier::~Applier() = default;

Outcome Applier::run(const step::Plan& plan) { return walker_->run(plan); }

Applier::Walker::Walker(System& system, const config::Config& config, world::World& world, Dialogue& dialogue,
                        Settings settings)
    : system_(system),
      config_(config),
      world_(world),
      dialogue_(dialogue),
      settings_(std::move(settings)),
      devices_(devices_of(world)),
      writer_(system, config, devices_),
      reserve_(new std::byte[kReserve]) {}

// A target that the kernel does not have is found out before anything is written. Volumes that only come up are taken
// one by one: the others need not lack what one lacks.
Result<> Applier::Walker::require_targets(const step::Plan& plan) {
  if (std::ranges::all_of(plan.stages, [](const step::Stage& stage) { return stage.before == stage.after; })) return {};
  for (const step::Stage& stage : plan.stages)
    for (const step::Step& step : stage.steps)
      if (const auto* load = std::get_if<step::LoadTable>(&step))
        for (const dm::Target& target : load->table) TRY(system_.dm.require_target(dm::target_type(target.body)));
  return {};
}

Outcome Applier::Walker::run(const step::Plan& plan) {
  Outcome outcome;
  devices_ = devices_of(world_);
  keep_last_ = undone_ = false;
  if (auto present = require_targets(plan); !present) {
    outcome.stages_failed = 1;
    dialogue_.report(present.error());
    return outcome;
  }
  std::optional<HoldSignals> hold(std::in_place);
  for (const step::Stage& stage : plan.stages) {
    hold->end_of_stage(plan.stages.size());
    Result<> done = run_stage(stage);
    if (done) {
      ++outcome.stages_done;
      continue;
    }
    ++outcome.stages_failed;
    dialogue_.report(done.error());
    if (plan.keep_going) continue;
    if (!keep_last_) undo_last_commit(std::span(plan.stages).first(outcome.stages_done));
    break;
  }
  auto ends = [&](Result<> ended) {
    if (ended) return;
    ++outcome.stages_failed;
    dialogue_.report(ended.error());
  };
  ends(write_backups());
  hold.reset();
  ends(run_at_the_end());
  refresh_live();
  outcome.undone = undone_;
  return outcome;
}

namespace {

// Behind the commit these only follow what has been done: the change stands without them.
bool only_follows(const step::Step& step) {
  return std::holds_alternative<step::Settle>(step) || std::holds_alternative<step::SetReadAhead>(step) ||
         std::holds_alternative<step::RemoveDevice>(step) || std::holds_alternative<step::Backup>(step);
}

}  // namespace

Result<> Applier::Walker::run_stage(const step::Stage& stage) {
  StageState state;
  std::optional<Error> failed;
  for (const step::Step& step : stage.steps) {
    // Success is not said of a change of which something failed.
    if (failed && std::holds_alternative<step::Say>(step)) continue;
    Result<> done = run_guarded(stage, step, state);
    if (done) continue;
    if (is_advice(step)) {
      if (done.error().code() != Code::unsupported) system_.trace.warn("WARNING: " + done.error().text());
      continue;
    }
    if (!state.committed || !only_follows(step)) return fail_stage(stage, state, std::move(done).error());
    if (failed)
      dialogue_.report(done.error());
    else
      failed = std::move(done).error();
  }
  if (stage.before != stage.after) keep_last_ = state.told || failed.has_value();
  if (failed) return std::unexpected(std::move(*failed));
  return {};
}

Result<> Applier::Walker::fail_stage(const step::Stage& stage, StageState& state, Error error) {
  take_back(stage, state);
  // Of what a thin pool has heard there is no simple way back: the next command clears what is queued.
  if (state.committed && !state.told) run_undo(stage);
  keep_last_ = keep_last_ || state.committed;
  return std::unexpected(std::move(error));
}

// Steps on devices alone may stand between it and the stage that failed.
void Applier::Walker::undo_last_commit(std::span<const step::Stage> done) {
  while (!done.empty() && done.back().before == done.back().after) done = done.first(done.size() - 1);
  if (!done.empty()) run_undo(done.back());
}

void Applier::Walker::run_undo(const step::Stage& stage) {
  for (const step::Stage& undo : stage.undo) {
    undone_ = true;
    Result<> undone = run_stage(undo);
    if (!undone) dialogue_.report(undone.error());
  }
}

Result<> Applier::Walker::run_step(const step::Stage& stage, const step::Step& step, StageState& state) {
  return std::visit([&](const auto& concrete) { return run(stage, concrete, state); }, step);
}

Result<> Applier::Walker::run_guarded(const step::Stage& stage, const step::Step& step, StageState& state) {
  // Some areas may hold the new metadata already: writing the others again does no harm, stopping would leave the
  // VG and the kernel's tables apart.
  auto helps = [&] { return state.committed || std::holds_alternative<step::CommitMetadata>(step); };
  return with_reserve(reserve_, [&] { return run_step(stage, step, state); }, helps);
}

Result<> Applier::Walker::write_backups() {
  auto write = [&]() -> Result<> {
    for (const auto& [id, vg] : backups_) write_backup(*vg);
    return {};
  };
  Result<> written = with_reserve(reserve_, write, [] { return true; });
  backups_.clear();
  return written;
}

// Before the commit, and where the commit will be undone: as if nothing had been. Else devices must not stay
// suspended, and what was made for the new state goes.
void Applier::Walker::take_back(const step::Stage& stage, StageState& state) {
  auto attempt = [&](Result<> result) {
    if (!result) dialogue_.report(result.error());
  };
  if (state.precommitted && !state.committed) attempt(writer_.revert(*stage.after));
  bool stays = state.committed && (stage.undo.empty() || state.told);
  std::vector<std::string> cleared;
  if (!stays)
    for (const std::string& uuid : state.loaded)
      if (std::none_of(state.created.begin(), state.created.end(), [&](const auto& c) { return c.uuid == uuid; }))
        cleared.push_back(uuid);
  // From below: a raid's table that goes writes to its metadata first, and would wait for ever for a device that is
  // suspended.
  for (auto uuid = state.suspended.rbegin(); uuid != state.suspended.rend(); ++uuid) {
    if (std::erase(cleared, *uuid) > 0) attempt(system_.dm.clear(*uuid));
    if (auto resumed = system_.dm.resume(*uuid, {}, std::nullopt); !resumed) dialogue_.report(resumed.error());
  }
  for (const std::string& uuid : cleared) attempt(system_.dm.clear(uuid));
  // What a change made that stays is part of the volume now.
  for (auto created = state.created.rbegin(); !stays && created != state.created.rend(); ++created)
    attempt(system_.dm.remove(created->uuid, {}, created->link, true));
  attempt(system_.dm.settle());
}

// The live state of every device touched, for plans that follow.
void Applier::Walker::refresh_live() {
  for (auto& [uuid, seen] : touched_) {
    auto info = seen.known ? Result<std::optional<dm::Info>>(std::move(seen.info)) : system_.dm.info(uuid);
    if (info && *info)
      world_.live[uuid].info = **info;
    else if (info)
      world_.live.erase(uuid);
  }
  touched_.clear();
}

// What a device that goes stood on is open once less.
void Applier::Walker::forget_open_counts() {
  for (auto& [uuid, seen] : touched_)
    if (seen.info) seen = {};
}

metadata::Origin Applier::Walker::origin(VgId vg) {
  std::uint32_t writes = ++writes_[vg];
  metadata::Origin out;
  out.description = writes == 1 ? fmt::format("Write from {}.", settings_.command_line)
                                : fmt::format("Write[{}] from {}.", writes, settings_.command_line);
  out.creation_host = world_.host.name;
  out.host_comment = fmt::format("{} {} {} {} {}", world_.host.os, world_.host.name, world_.host.release,
                                 world_.host.version, world_.host.machine);
  out.creation_host_system_id = world_.host.system_id;
  out.generator = fmt::format("LVM2 version {}", kLvmVersion);
  out.creation_time = system_.clock.unix_seconds();
  return out;
}

}  // namespace lvm::apply
