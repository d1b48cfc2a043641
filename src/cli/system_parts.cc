// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/system_parts.h"

#include <cstdlib>
#include <string>

#include "device/io/options.h"
#include "dm/absent_engine.h"
#include "dm/kernel/kernel_engine.h"
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

dm::KernelOptions kernel_options(const Arguments& arguments, const config::Config& config) {
  dm::KernelOptions out;
  out.device_directory = environment("DM_DEV_DIR", config.string("devices/dir"));
  while (out.device_directory.size() > 1 && out.device_directory.ends_with('/')) out.device_directory.pop_back();
  out.udev.sync = config.flag("activation/udev_sync") && !arguments.has(Opt::noudevsync);
  out.udev.rules = config.flag("activation/udev_rules");
  out.udev.verify = config.flag("activation/verify_udev_operations");
  out.udev.disabled = std::getenv("DM_DISABLE_UDEV") != nullptr;
  if (const char* cookie = std::getenv("DM_UDEV_COOKIE"))
    if (unsigned long value = std::strtoul(cookie, nullptr, 0)) out.udev.cookie = static_cast<std::uint32_t>(value);
  return out;
}

std::unique_ptr<dm::Engine> make_engine(const Arguments& arguments, const config::Config& config, Clock& clock,
                                        Trace& trace) {
  if (!config.flag("global/activation"))
    return std::make_unique<dm::AbsentEngine>("activation is switched off (global/activation, --driverloaded n)");
  return std::make_unique<dm::KernelEngine>(kernel_options(arguments, config), clock, trace);
}

std::unique_ptr<lock::Locks> make_locks(const Arguments& arguments, const config::Config& config) {
  if (arguments.has(Opt::nolocking) || arguments.has(Opt::readonly)) return std::make_unique<lock::NoLocks>();
  return std::make_unique<lock::LocalLocks>(lock::local_options(config));
}

}  // namespace

struct SystemParts::State {
  State(const Arguments& arguments, const config::Config& config, Messages& messages)
      : trace(messages),
        engine(make_engine(arguments, config, clock, trace)),
        locks(make_locks(arguments, config)),
        io(device::make_system_io(device::system_options(config, arguments.all(Opt::devices)), engine.get())),
        system{*io, *engine, *locks, clock, files, trace} {}

  MessageTrace trace;
  SystemClock clock;
  SystemFiles files;
  std::unique_ptr<dm::Engine> engine;
  std::unique_ptr<lock::Locks> locks;
  std::unique_ptr<device::Io> io;
  System system;
};

SystemParts::SystemParts(const Arguments& arguments, const config::Config& config, Messages& messages)
    : state_(std::make_unique<State>(arguments, config, messages)) {}
SystemParts::SystemParts(SystemParts&&) noexcept = default;
SystemParts::~SystemParts() = default;

System& SystemParts::system() { return state_->system; }

Result<config::Config> load_settings(const Arguments& arguments) {
  config::LoadOptions options;
  options.system_dir = environment("LVM_SYSTEM_DIR", options.system_dir);
  options.command_line = std::string(arguments.text(Opt::config));
  // Options that stand for settings win over --config.
  if (arguments.yes_no(Opt::driverloaded) == false) options.command_line += " global { activation = 0 }";
  // Without locks and without the device-mapper: what is on the disks, and no more.
  if (arguments.has(Opt::readonly)) options.command_line += " global { metadata_read_only = 1 activation = 0 }";
  options.command_profile = std::string(arguments.text(Opt::commandprofile));
  if (options.command_profile.empty()) options.command_profile = environment("LVM_COMMAND_PROFILE", "");
  SystemFiles files;
  return config::load(files, options);
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
