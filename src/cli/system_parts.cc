// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/system_parts.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "device/io/options.h"
#include "lock/local/hints_lock.h"
#include "lock/local/local_locks.h"
#include "lock/local/options.h"

namespace lvm::cli {
namespace {

// What code below the command line traces, said by the messages.
class MessageTrace final : public Trace {
 public:
  explicit MessageTrace(Messages& messages) : messages_(messages) {}
  bool wants(int level) const override {
    const Messages::Options& options = messages_.options();
    return level <= options.verbose || level <= options.debug || (!options.file.empty() && level <= options.file_level);
  }
  void note(int level, std::string_view text) override { messages_.verbose(text, level); }
  void warn(std::string_view text) override { messages_.warn(text); }

 private:
  Messages& messages_;
};

std::string environment(const char* name, std::string fallback) {
  const char* value = std::getenv(name);
  return value && *value ? value : std::move(fallback);
}

std::unique_ptr<lock::Locks> make_locks(const Arguments& arguments, const config::Config& config) {
  if (arguments.has(Opt::nolocking) || arguments.has(Opt::readonly)) return std::make_unique<lock::NoLocks>();
  return std::make_unique<lock::LocalLocks>(lock::local_options(config));
}

}  // namespace

struct SystemParts::State {
  explicit State(Messages& messages) : trace(messages) {}

  MessageTrace trace;
  SystemClock clock;
  SystemFiles files;
  SystemPrograms programs;
  EngineChoice engine;
  std::unique_ptr<lock::Locks> locks;
  std::unique_ptr<device::Io> io;
  std::optional<System> system;
};

SystemParts::SystemParts(std::unique_ptr<State> state) : state_(std::move(state)) {}
SystemParts::SystemParts(SystemParts&&) noexcept = default;
SystemParts::~SystemParts() = default;

Result<SystemParts> SystemParts::make(const Arguments& arguments, const config::Config& config,
                                      const Selection& selection, Messages& messages) {
  auto state = std::make_unique<State>(messages);
  state->engine = TRY(choose_engine(arguments, config, selection, state->clock, state->trace));
  state->locks = make_locks(arguments, config);
  state->io = device::make_system_io(device::system_options(config, selection.paths), state->engine.engines);
  state->system.emplace(System{*state->io, *state->engine.engine, *state->locks, state->clock, state->files,
                               state->programs, state->trace});
  return SystemParts(std::move(state));
}

const EngineChoice& SystemParts::engine() const { return state_->engine; }

System& SystemParts::system() { return *state_->system; }

Result<config::Config> load_settings(const Arguments& arguments) {
  config::LoadOptions options;
  options.system_dir = environment("LVM_SYSTEM_DIR", options.system_dir);
  options.command_line = std::string(arguments.text(Opt::config));
  // Options that stand for settings win over --config.
  if (arguments.yes_no(Opt::driverloaded) == false) options.command_line += " global { activation = 0 }";
  // Without locks and without the device-mapper: what is on the disks, and no more.
  if (arguments.has(Opt::readonly)) options.command_line += " global { metadata_read_only = 1 activation = 0 }";
  // --profile stands for the kind that the command is about, whatever its form.
  const CommandRow& command = arguments.command();
  const bool about_metadata = command.name != "lvmconfig" && std::ranges::any_of(command.forms, [&](const Form& form) {
                                return takes(command, form, Opt::metadataprofile);
                              });
  const Opt alias = about_metadata ? Opt::metadataprofile : Opt::commandprofile;
  for (auto [kind, to] : {std::pair(Opt::commandprofile, &options.command_profile),
                          std::pair(Opt::metadataprofile, &options.metadata_profile)})
    *to = std::string(arguments.text(kind == alias && arguments.has(Opt::profile) ? Opt::profile : kind));
  if (options.command_profile.empty()) options.command_profile = environment("LVM_COMMAND_PROFILE", "");
  SystemFiles files;
  return config::load(files, options);
}

Result<std::unique_ptr<lock::Guard>> lock_hints(const std::string& path, lock::Mode mode, bool wait) {
  return lock::lock_file(path, mode, wait);
}

Messages::Options message_options(const Arguments& arguments, const config::Config& config) {
  Messages::Options out;
  out.verbose = static_cast<int>(
      std::max<std::int64_t>(static_cast<std::int64_t>(arguments.count(Opt::verbose)), config.integer("log/verbose")));
  out.debug = static_cast<int>(arguments.count(Opt::debug));
  out.quiet = static_cast<int>(arguments.count(Opt::quiet));
  out.silent = config.flag("log/silent");
  out.command_names = config.flag("log/command_names");
  out.command = std::string(arguments.command().name);
  out.prefix = config.string("log/prefix");
  out.file = config.string("log/file");
  out.overwrite = config.flag("log/overwrite");
  out.file_level = static_cast<int>(config.integer("log/level"));
  return out;
}

}  // namespace lvm::cli
