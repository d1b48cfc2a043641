// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "crash/story.h"

// Looks at machines on which a command was cut short, or met a fault, and says what is wrong.
namespace lvm::crash {

class Judge {
 public:
  explicit Judge(const Story& story);

  // The command as it ran while nothing struck: bytes of others, locks, devices left suspended.
  void whole();
  // The process died, or with `rebooted` the power went: the VG is one that the command passes through, the next
  // command puts the kernel in order, and the same command again ends where the first would have.
  void cut(MachineState state, bool rebooted, const std::string& where);
  // What was said to be done is done whatever the disks' caches lose: the contents are those last reached.
  void acknowledged(MachineState state, const Contents& reached, const std::string& where);
  // A command that met a fault and has ended by itself.
  void faulted(const Simulation& machine, const Ran& ran, const std::string& where);
  // A PV is back that had missed the command: it catches up, and its old metadata counts for nothing.
  void returned(MachineState state, const std::string& device, const std::string& where);
  // The kernel and the metadata agree; nothing is suspended or half made.
  void kernel(const MachineState& state, const std::string& where);

  const std::vector<std::string>& complaints() const { return complaints_; }
  void complain(const std::string& where, const std::string& what);

 private:
  void contents(const Contents& now, const std::string& where, bool any_number);
  // No extent of a volume was discarded.
  void kept(const MachineState& state, const Contents& now, const std::string& where);
  void reports(const MachineState& state, const Contents& now, const std::string& where);
  void next_command(const MachineState& state, const Contents& now, bool rebooted, const std::string& where);
  void again(MachineState state, bool rebooted, const std::string& where);
  void bytes_of_others();
  void pools(const MachineState& state, const std::string& where);

  const Story& story_;
  std::string wanted_;            // the end, without ids
  std::vector<VgId> changeable_;  // VGs that a command may change before and after
  std::vector<std::string> complaints_;
};

// Device-mapper uuid -> name and table, with devices named by uuid where they are volumes.
std::map<std::string, std::string> tables(const MachineState& state);

}  // namespace lvm::crash
