// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/hints_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "cli/devices_file.h"
#include "cli/operands.h"
#include "cli/system_parts.h"

namespace lvm::cli {
namespace {

constexpr const char* kFolder = "/run/lvm";
constexpr const char* kHints = "/run/lvm/hints";
constexpr const char* kNewHints = "/run/lvm/newhints";
constexpr const char* kNoHints = "/run/lvm/nohints";
constexpr std::uint32_t kMode = 0600, kFolderMode = 0755;

std::string created_by(System& system, const std::string& command) {
  return fmt::format("{} pid {} {}", command, ::getpid(), date_text(system.clock.unix_seconds()));
}

std::string_view rest_of(std::string_view text) { return text.substr(std::min(text.find('\n'), text.size())); }

bool exists(System& system, const char* path) { return system.files.read(path).has_value(); }

// Then no file is written: it might lie on that device.
bool something_is_suspended(System& system) {
  if (!system.dm.available()) return false;
  auto devices = system.dm.list();
  return !devices || std::ranges::any_of(*devices, [&](const dm::ListEntry& entry) {
    auto info = entry.have_uuid && !entry.uuid.empty() ? system.dm.info(entry.uuid) : system.dm.info(entry.device);
    return info && *info && (*info)->suspended;
  });
}

}  // namespace

HintsFile::HintsFile(System& system, std::string command, std::string vg_name)
    : system_(system), command_(std::move(command)) {
  scan_.vg_name = std::move(vg_name);
  if (exists(system_, kNoHints)) return;
  auto shared = lock_hints(kHints, lock::Mode::shared, false);
  if (!shared && shared.error().code() != Code::not_found) return;
  if (shared) {
    auto text = system_.files.read(kHints);
    if (!text) return;
    text_ = *std::move(text);
    if (!exists(system_, kNewHints)) scan_.known = device::parse_hints(*text_);
  }
  to_be_written_ = !scan_.known;
}

void HintsFile::finish() {
  if (scan_.known && !scan_.used && !scan_.wrong) {
    // Of other devices or settings.
    scan_.known.reset();
    to_be_written_ = true;
  }
  if (scan_.wrong) {
    leave_out();
    ask_for_others();
  } else if (to_be_written_) {
    to_be_written_ = false;
    write();
  }
}

void HintsFile::leave_out() {
  scan_.known.reset();
  scan_.used = scan_.wrong = to_be_written_ = false;
}

void HintsFile::ask_for_others() {
  if (!something_is_suspended(system_)) static_cast<void>(system_.files.create_new(kNewHints, "", kMode));
}

// Only over what was there when the scan began: a command may have changed devices since, and said so in the file.
void HintsFile::write() {
  if (scan_.blind) return;
  std::string created = created_by(system_, command_);
  std::string text = scan_.ambiguous.empty() ? device::write_hints(scan_.found, created)
                                             : device::write_empty_hints(created, scan_.ambiguous);
  // The first line alone, which says when and by whom, is nothing new.
  if (text_ && rest_of(text) == rest_of(*text_) && !exists(system_, kNewHints)) return;
  if (something_is_suspended(system_)) return;
  static_cast<void>(system_.files.make_directories(kFolder, kFolderMode));
  auto guard = lock_hints(kHints, lock::Mode::exclusive, false);
  if (!guard || exists(system_, kNoHints)) return;
  auto now = system_.files.read(kHints);
  if (!now || *now != text_.value_or("")) return;
  if (!system_.files.replace(kHints, text, kMode)) return;
  static_cast<void>(system_.files.remove(kNewHints));
}

std::unique_ptr<lock::Guard> clear_hints(System& system, const std::string& command) {
  auto guard = lock_hints(kHints, lock::Mode::exclusive, false);
  if (!guard && guard.error().code() == Code::busy) {
    // Readers come and go: none comes any more.
    static_cast<void>(system.files.create_new(kNoHints, "", kMode));
    guard = lock_hints(kHints, lock::Mode::exclusive, true);
    static_cast<void>(system.files.remove(kNoHints));
  }
  if (!guard) return nullptr;
  static_cast<void>(system.files.create_new(kNewHints, "", kMode));
  static_cast<void>(system.files.replace(kHints, device::write_empty_hints(created_by(system, command), ""), kMode));
  return *std::move(guard);
}

namespace {

// LVM2's list: reports and displays, and changes of volumes.
constexpr std::array<std::string_view, 14> kHintedCommands = {
    "lvs",      "vgs",      "pvs",      "lvdisplay", "vgdisplay", "pvdisplay", "lvcreate",
    "lvchange", "lvremove", "lvresize", "lvextend",  "lvreduce",  "lvrename",  "vgchange"};

}  // namespace

bool hints_apply(const Arguments& arguments, const config::Config& config, const Selection& selection) {
  // -a of PV reports shows devices without labels, too.
  const bool every_device = arguments.has(Opt::all) && (arguments.form().more.words & word_pv) != 0;
  const bool others = arguments.has(Opt::devicesfile) || arguments.has(Opt::allpvs) || !selection.paths.empty();
  return std::ranges::find(kHintedCommands, arguments.command().name) != kHintedCommands.end() && !every_device &&
         !others && !arguments.has(Opt::nohints) && !arguments.has(Opt::test) && !arguments.has(Opt::plan) &&
         config.string("devices/hints") == "all" && !config.flag("global/use_lvmlockd");
}

std::string only_vg(const Arguments& arguments) {
  // A name alone may be a volume's, then.
  if (std::getenv("LVM_VG_NAME") != nullptr) return {};
  if (arguments.operands().size() != 1 || arguments.operands().front().starts_with('@')) return {};
  const Form& form = arguments.form();
  std::uint16_t words = form.more.words;
  if (!form.operands.empty()) words = form.operands[0].words;
  if ((words & word_pv) != 0 || (words & (word_vg | word_lv)) == 0) return {};
  auto name = parse_lv_name(arguments.operands().front());
  return name ? name->vg : std::string();
}

}  // namespace lvm::cli
