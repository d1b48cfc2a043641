// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>

#include "crash/scenario.h"
#include "crash/story.h"

namespace lvm::crash {

// Goes through a case line by line. Beside its disks the machine has one of a VG of its own, "bystander", with a
// volume that is up: nothing may happen to it.
class Play {
 public:
  // `configuration`: lvm.conf, as guests have it.
  Play(const Case& story_case, const std::string& configuration);

  // The line's story; none for acts of the harness and for questions answered with no.
  std::optional<Story> next(const Line& line);
  const MachineState& state() const { return state_; }

 private:
  void act(const Line& line);

  MachineState state_;
};

// Commands of one shape take the same way through the program: name, options, kinds of effects.
std::string shape_of(const Story& story);

}  // namespace lvm::crash
