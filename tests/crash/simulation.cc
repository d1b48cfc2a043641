// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crash/simulation.h"

#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "cli/dispatch.h"
#include "crash/allocation.h"

namespace lvm::crash {
namespace {

constexpr std::int64_t kEpoch = 1700000000;

// A stream whose lines end up in a string; those of results are effects.
struct Stream {
  Simulation* machine;
  std::string text;
  bool results;
  std::FILE* file = nullptr;

  Stream(Simulation* owner, bool is_results) : machine(owner), results(is_results) {
    cookie_io_functions_t functions{};
    functions.write = [](void* cookie, const char* data, std::size_t size) -> ssize_t {
      Unlimited machine_work;
      auto* self = static_cast<Stream*>(cookie);
      std::string_view piece(data, size);
      if (self->results) static_cast<void>(self->machine->pass(Effect::Kind::output, std::string(piece)));
      self->text += piece;
      return static_cast<ssize_t>(size);
    };
    file = ::fopencookie(this, "w", functions);
    CHECK(file);
    std::setvbuf(file, nullptr, _IOLBF, 4096);
  }
  ~Stream() { std::fclose(file); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
};

}  // namespace

MachineState MachineState::copy() const { return {disks.after({}, 0), engine, files, commands}; }

Simulation::Simulation(MachineState state) : state_(std::move(state)) {}
Simulation::~Simulation() = default;

std::int64_t Simulation::now() const { return kEpoch + static_cast<std::int64_t>(state_.commands); }

Ran Simulation::run(const std::vector<std::string>& words, const Faults& faults) {
  faults_ = faults;
  checkpoints_.clear();
  violations_.clear();
  passed_ = opens_ = 0;
  last_engine_.reset();
  last_files_.reset();
  state_.disks.clear_events();
  state_.engine.take_log();
  random_.seed(++state_.commands * 1000003);
  Stream out(this, true), err(this, false);
  Simulation* outer = std::exchange(running_, this);
  Ran ran;
  {
    MemoryLimit limit(faults.failing_allocation, faults.fails_once);
    cli::Messages messages(out.file, err.file);
    try {
      ran.status = cli::run_program("lvm", words, messages);
    } catch (const std::exception& exception) {
      Unlimited machine_work;
      err.text += fmt::format("Internal error: {}\n", exception.what());
      ran.crashed = true;
    }
    allocations_ = MemoryLimit::allocations();
  }
  std::fflush(out.file);
  std::fflush(err.file);
  running_ = outer;
  // Everything is over: nothing more can strike.
  faults_ = {};
  static_cast<void>(pass(Effect::Kind::output, "(end)"));
  ran.output = out.text;
  ran.errors = err.text;
  // A new process starts without what this one had not waited for.
  state_.engine.restart();
  if (locks_ != 0) violate("locks are still held");
  locks_ = 0;
  return ran;
}

Error Simulation::usual_error(Effect::Kind kind) const {
  switch (kind) {
    case Effect::Kind::disk: return Error(Code::io, "Input/output error (simulated)");
    case Effect::Kind::kernel:
      return Error(Code::io, "device-mapper: ioctl failed: Cannot allocate memory (simulated)");
    case Effect::Kind::file: return Error(Code::no_space, "No space left on device (simulated)");
    case Effect::Kind::output: break;
  }
  return Error(Code::io, "simulated");
}

Result<bool> Simulation::pass(Effect::Kind kind, std::string text) {
  Unlimited machine_work;
  Checkpoint checkpoint;
  checkpoint.disk_events = state_.disks.events().size();
  if (!last_engine_) last_engine_ = std::make_shared<const dm::FakeEngine>(state_.engine);
  if (!last_files_) last_files_ = std::make_shared<const FileMap>(state_.files);
  checkpoint.engine = last_engine_;
  checkpoint.files = last_files_;
  checkpoint.suspended = any_suspended();
  checkpoint.allocations = MemoryLimit::allocations();
  if (checkpoint.suspended && kind == Effect::Kind::file)
    violate("a file is written while a device is suspended: " + text);
  checkpoint.next = {kind, std::move(text)};
  checkpoints_.push_back(std::move(checkpoint));
  if (kind == Effect::Kind::kernel) last_engine_.reset();
  if (kind == Effect::Kind::file) last_files_.reset();
  std::size_t number = passed_++;
  if (kind == Effect::Kind::file && faults_.full_file_system) return std::unexpected(usual_error(kind));
  if (faults_.failing_effect == number && kind != Effect::Kind::output)
    return std::unexpected(faults_.error.value_or(usual_error(kind)));
  return faults_.dropped_effect != number;
}

Result<> Simulation::open_one(const std::string& path) {
  std::size_t number = opens_++;
  bool struck = faults_.failing_open &&
                (faults_.all_later_opens ? number >= *faults_.failing_open : number == *faults_.failing_open);
  if (struck) return fail(Code::io, path + ": open failed: Too many open files (simulated)");
  return {};
}

void Simulation::violate(std::string text) {
  Unlimited machine_work;
  if (violations_.empty() || violations_.back() != text) violations_.push_back(std::move(text));
}

bool Simulation::any_suspended() {
  auto entries = state_.engine.list();
  if (!entries) return false;
  // What another process had left suspended before this one began does not count.
  std::optional<dm::FakeEngine> start;
  if (!checkpoints_.empty()) start = *checkpoints_.front().engine;
  for (const dm::ListEntry& entry : *entries) {
    auto info = state_.engine.info(entry.uuid);
    if (!info || !*info || !(*info)->suspended) continue;
    if (!start) return true;
    auto before = start->info(entry.uuid);
    if (!before || !*before || !(*before)->suspended) return true;
  }
  return false;
}

}  // namespace lvm::crash
