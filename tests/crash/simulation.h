// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "cli/command.h"
#include "device/fake/memory_io.h"
#include "dm/fake/fake_engine.h"
#include "system/system.h"

// A machine in RAM on which the real commands run. Every effect passes one gate: there it is counted, the
// state before it is kept, and a fault may strike.
namespace lvm::crash {

struct File {
  std::string content;
  std::int64_t modified = 0;
  friend bool operator==(const File&, const File&) = default;
};
using FileMap = std::map<std::string, File>;

// All that outlives a command.
struct MachineState {
  device::MemoryIo disks;
  dm::FakeEngine engine;
  FileMap files;
  std::uint64_t commands = 0;  // run so far: time and random ids follow from it

  MachineState copy() const;
};

struct Effect {
  enum class Kind : std::uint8_t { disk, kernel, file, output } kind = Kind::disk;
  std::string text;
};

// The machine as it is before an effect. What stands on the disks then is the state at the start and the first
// `disk_events` of the events.
struct Checkpoint {
  Effect next;
  std::size_t disk_events = 0;
  std::shared_ptr<const dm::FakeEngine> engine;
  std::shared_ptr<const FileMap> files;
  bool suspended = false;       // some device is
  std::size_t allocations = 0;  // of memory, so far
};

struct Ran {
  cli::ExitStatus status = cli::ExitStatus::failed;
  std::string output, errors;
  bool crashed = false;  // an exception reached the edge of the program
  bool ok() const { return status == cli::ExitStatus::ok; }
};

// What is wrong with the machine on purpose.
struct Faults {
  std::optional<std::size_t> failing_effect;      // this one fails, once
  std::optional<Error> error;                     // with this; else the kind's usual one
  std::optional<std::size_t> dropped_effect;      // this one is left out, silently: a defect of the program
  std::optional<std::size_t> failing_open;        // this opening of a device finds no descriptor left
  bool all_later_opens = false;                   // nor does any behind it
  bool full_file_system = false;                  // files cannot be written
  std::optional<std::size_t> failing_allocation;  // from this one on there is no memory but what is given back
  bool fails_once = false;                        // that one alone was too much
};

class Simulation {
 public:
  explicit Simulation(MachineState state);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // Runs a command line, the program's name left out: {"lvcreate", "-n", "a", ...}.
  Ran run(const std::vector<std::string>& words, const Faults& faults = {});

  // Of the last run: every checkpoint and, behind them, the end.
  const std::vector<Checkpoint>& checkpoints() const { return checkpoints_; }
  const std::vector<device::DiskEvent>& disk_events() const { return state_.disks.events(); }
  std::size_t opens() const { return opens_; }
  std::size_t allocations() const { return allocations_; }
  // What no program may do: I/O that would wait for ever, writes without a lock.
  const std::vector<std::string>& violations() const { return violations_; }

  MachineState& state() { return state_; }
  const MachineState& state() const { return state_; }

  // The machine on which a command is running now (crash/system_parts.cc).
  static Simulation& running();

  // --- for the parts of the machine ---
  // The gate. An error means that the effect must not happen; false that it must be left out.
  Result<bool> pass(Effect::Kind kind, std::string text);
  Result<> open_one(const std::string& path);
  void violate(std::string text);
  bool any_suspended();
  void lock(int change) { locks_ += change; }
  bool locked() const { return locks_ > 0; }
  std::int64_t now() const;
  std::mt19937_64& random() { return random_; }

 private:
  Error usual_error(Effect::Kind kind) const;

  static Simulation* running_;

  MachineState state_;
  std::mt19937_64 random_;
  Faults faults_;
  std::vector<Checkpoint> checkpoints_;
  std::shared_ptr<const dm::FakeEngine> last_engine_;
  std::shared_ptr<const FileMap> last_files_;
  std::size_t passed_ = 0, opens_ = 0, allocations_ = 0;
  int locks_ = 0;
  std::vector<std::string> violations_;
};

}  // namespace lvm::crash
