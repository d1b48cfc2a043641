// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Takes the place of cli/system_parts.cc when this program is linked: commands find the simulated machine where they
// would find the real one.
#include "cli/system_parts.h"

#include "crash/parts.h"

namespace lvm {

crash::Simulation* crash::Simulation::running_ = nullptr;

crash::Simulation& crash::Simulation::running() {
  CHECK(running_);
  return *running_;
}

}  // namespace lvm

namespace lvm::cli {
namespace {

// What -v would say goes nowhere; warnings reach the user.
class MessageTrace final : public Trace {
 public:
  explicit MessageTrace(Messages& messages) : messages_(messages) {}
  bool wants(int) const override { return false; }
  void note(int, std::string_view) override {}
  void warn(std::string_view text) override { messages_.warn(text); }

 private:
  Messages& messages_;
};

}  // namespace

struct SystemParts::State {
  explicit State(Messages& messages)
      : machine(crash::Simulation::running()),
        engine(machine),
        io(machine),
        files(machine),
        clock(machine),
        programs(machine),
        locks(machine),
        trace(messages) {}

  crash::Simulation& machine;
  crash::GatedEngine engine;
  crash::GatedIo io;
  crash::GatedFiles files;
  crash::SimulatedClock clock;
  crash::GatedPrograms programs;
  crash::CountedLocks locks;
  MessageTrace trace;
  EngineChoice choice{.name = "simulated", .why = "this is the crash suite"};
  System system{io, engine, locks, clock, files, programs, trace};
};

SystemParts::SystemParts(std::unique_ptr<State> state) : state_(std::move(state)) {}
SystemParts::SystemParts(SystemParts&&) noexcept = default;
SystemParts::~SystemParts() = default;

Result<SystemParts> SystemParts::make(const Arguments&, const config::Config&, const Selection&, Messages& messages) {
  return SystemParts(std::make_unique<State>(messages));
}

System& SystemParts::system() { return state_->system; }

const EngineChoice& SystemParts::engine() const { return state_->choice; }

Result<config::Config> load_settings(const Arguments& arguments) {
  config::LoadOptions options;
  options.command_line = std::string(arguments.text(Opt::config));
  options.command_profile = std::string(arguments.text(Opt::commandprofile));
  options.metadata_profile = std::string(arguments.text(Opt::metadataprofile));
  options.host_name = "crash";
  crash::GatedFiles files(crash::Simulation::running());
  return config::load(files, options);
}

Result<std::unique_ptr<lock::Guard>> lock_hints(const std::string&, lock::Mode, bool) {
  return std::make_unique<lock::Guard>();
}

Messages::Options message_options(const Arguments& arguments, const config::Config& config) {
  Messages::Options out;
  out.quiet = static_cast<int>(arguments.count(Opt::quiet));
  out.silent = config.flag("log/silent");
  out.command = std::string(arguments.command().name);
  return out;
}

}  // namespace lvm::cli
