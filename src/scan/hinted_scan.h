// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "device/hints.h"
#include "scan/scan.h"
#include "world/world.h"

namespace lvm::scan {

// A scan that reads only what hints name, and what it found out about them.
struct HintedScan {
  std::optional<device::Hints> known;
  std::string vg_name;  // only this VG matters; empty: all do

  // Out, of the last scan.
  bool used = false;   // devices were left unread
  bool wrong = false;  // a hint did not fit what was read: all devices were read
  bool blind = false;  // some device could not be read: what was found is no hint for anybody
  device::Hints found;
  std::string ambiguous;  // "duplicate_pvs", "duplicate_vgnames": nothing is to be hinted at

  // Of the devices that filters let pass those that need not be read; the others stay in `devices`.
  std::vector<device::Device> set_aside(device::HintSettings settings, std::vector<device::Device>& devices);
  // Whether the PVs read are those that were hinted at.
  bool fits(const std::vector<world::PvDevice>& pvs);
  // What hints should say from now on.
  void remember(const std::vector<world::PvDevice>& pvs);

 private:
  std::unordered_map<std::string, device::Hint> expected_;  // by path
};

// discover() and read() of scan.h by hints; nullptr: all devices are read.
Result<world::World> discover(System& system, const config::Config& config, const Request& request, HintedScan* hints);
Result<> read(System& system, const config::Config& config, const Request& request, HintedScan* hints,
              world::World& discovered);

}  // namespace lvm::scan
