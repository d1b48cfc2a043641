// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/arguments.h"
#include "cli/selection.h"
#include "config/config.h"
#include "scan/hinted_scan.h"
#include "system/system.h"

namespace lvm::cli {

// /run/lvm/hints as one command uses it, by LVM2's rules: shared among readers, exclusive for who writes. Two
// sentinels stand beside it: `newhints` asks for hints to be made anew, `nohints` keeps everybody off while a command
// waits to write. Nothing here ever fails a command: without hints all devices are read.
class HintsFile {
 public:
  // `vg_name`: the only VG that the command is about, or empty.
  HintsFile(System& system, std::string command, std::string vg_name);

  // What the scan is to go by, and where it says what it found.
  scan::HintedScan& scan() { return scan_; }
  // After the scan: hints are written when there were none that could be used, or asked for when they were wrong.
  void finish();
  // From now on all devices are read.
  void leave_out();
  // They led astray: the next command makes others.
  void ask_for_others();

 private:
  void write();

  System& system_;
  std::string command_;
  scan::HintedScan scan_;
  std::optional<std::string> text_;  // as it was found
  bool to_be_written_ = false;
};

// Before PVs or the names of VGs change: hints hint at nothing until the change is done and somebody looks anew.
std::unique_ptr<lock::Guard> clear_hints(System& system, const std::string& command);

// Whether hints count: for a command that uses them on the machine's usual devices, which no other host changes.
bool hints_apply(const Arguments& arguments, const config::Config& config, const Selection& selection);

// The VG when the only operand names it or a volume of it.
std::string only_vg(const Arguments& arguments);

}  // namespace lvm::cli
