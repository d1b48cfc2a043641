// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apply/apply.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/engine_choice.h"
#include "cli/messages.h"
#include "cli/selection.h"
#include "cli/shared_locks.h"
#include "config/config.h"
#include "plan/context.h"
#include "report/settings.h"
#include "system/system.h"
#include "world/world.h"

namespace lvm::cli {

// One command at work: its settings, its way to the outside world, and the World it has read. The spine
// in order: lock, discover, read, plan, ask, apply.
class Session {
 public:
  // Reads the settings, which may add to the options; touches no device. The messages are configured from settings and
  // options.
  static Result<std::unique_ptr<Session>> start(Arguments& arguments, Messages& messages);
  ~Session();

  const Arguments& arguments() const { return arguments_; }
  const Needs& needs() const { return arguments_.command().needs; }
  Messages& messages() { return messages_; }
  const config::Config& config() const { return config_; }
  System& system();
  const EngineChoice& engine() const;
  const Selection& selection() const { return selection_; }
  world::World& world() { return world_; }
  // report/ settings with the command's own options over them; read once.
  Result<const report::Settings*> report_settings();

  // --- lock, discover, read ---
  // How the devices file counts: it restricts devices and is kept up to date; restricts them and is left as it is; does
  // not restrict them.
  enum class Listed { kept, as_it_is, ignored };
  void use_devices_file(Listed how) { listed_ = how; }
  // From the next discover() on only these devices are there, whatever --devices says.
  void restrict_to(std::vector<std::string> devices) { restrict_to_ = std::move(devices); }
  // Takes the global lock as the row says and finds labels.
  Result<> discover();
  // All VGs (or those named) read under shared locks: the World of a report.
  Result<> read_for_report(const std::vector<std::string>& vg_names);
  // All VGs, without their locks: to know what devices are in use. A VG that will be changed is read again
  // by with_vg().
  Result<> read_all();
  // Locks one VG as the row says, reads it, mends what an interrupted command left, calls `work`, and
  // unlocks. Errors are said.
  ExitStatus with_vg(const std::string& name, const std::function<ExitStatus(const world::VgView&)>& work);
  // Takes an exclusive lock for a VG that is to be made.
  Result<std::unique_ptr<lock::Guard>> lock_vg(const std::string& name, lock::Mode mode);
  // Locks of shared VGs.
  SharedLocks& shared_locks() { return *shared_locks_; }
  // Volumes that carry_out() is to lock though they are active already, or to unlock though they are not.
  void lock_also(std::vector<LvId> lvs) { lock_also_ = std::move(lvs); }
  // Reads VGs under locks that the caller holds.
  Result<> read(const std::vector<std::string>& vg_names);

  // --- plan, ask, apply ---
  plan::Context context();
  // Says the plan's notes, asks its questions, and applies it; with --plan prints it, with --test stops
  // before the first step.
  ExitStatus carry_out(Result<step::Plan> plan);
  bool ask(const step::Question& question);
  // Before these volumes are taken down: who has them open may be about to close them (scan/users.h).
  void look_at_users(const model::Vg& vg, const std::vector<LvId>& lvs);

  // --- the command log (log/report_command_log, --logonly) ---
  // Shows the log, unless a report has it already. For commands that report nothing else.
  ExitStatus finish_log(ExitStatus status);
  // The report has shown the log.
  void log_is_shown() { log_shown_ = true; }

  bool test_mode() const;
  bool yes() const;
  // Says the error; the status for it.
  ExitStatus refuse(const Error& error);
  // The same for what LVM counts as a failure of the command even when a word of it is malformed: fields
  // and selections of reports.
  ExitStatus refuse_report(const Error& error);
  // -f and --force, counted.
  std::size_t force() const;

 private:
  Session(const Arguments& arguments, Messages& messages, config::Config config, Selection selection);
  ExitStatus use_vg(const std::string& name, const std::function<ExitStatus(const world::VgView&)>& work);
  // Devices of the VG as its metadata wants them.
  ExitStatus bring_in_line(const std::string& name);
  // Ends what an interrupted command has left of its work on devices.
  ExitStatus mend(const std::string& name);
  Result<> claim_images();
  Result<> attach_images(const step::Plan& plan);
  void say_where_volumes_are();
  void say_notes();
  void say_findings();
  ExitStatus print_plan(const step::Plan& plan);
  ExitStatus apply(step::Plan& plan);
  Result<> lock_globally();
  void hide_shared_vgs();
  void forget_history();
  void drop_hints();
  scan::Request scan_request(std::vector<std::string> vg_names) const;

  struct Parts;  // the implementations behind System
  const Arguments& arguments_;
  Messages& messages_;
  config::Config config_;
  Selection selection_;
  std::unique_ptr<Parts> parts_;
  world::World world_;
  std::optional<report::Settings> report_settings_;
  std::vector<std::string> restrict_to_;
  Listed listed_ = Listed::kept;
  bool log_shown_ = false;
  std::vector<step::Say> notes_;
  std::size_t findings_said_ = 0;
  bool images_claimed_ = false;
  std::unique_ptr<SharedLocks> shared_locks_;
  std::vector<LvId> lock_also_;
  std::unique_ptr<lock::Guard> global_lock_;
  std::unique_ptr<apply::Applier> applier_;
};

// The exit status LVM gives for an error.
ExitStatus status_of(const Error& error);

}  // namespace lvm::cli
