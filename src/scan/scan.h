// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "system/system.h"
#include "world/world.h"

// device + ondisk + metadata + dm -> World, in two trips: discover (no locks, labels and summaries
// only) and read (the VGs of interest, under their locks, from what discover found).
namespace lvm::scan {

// What live state the command's row asks for: one question to the kernel for each device, two for everything,
// which is status and table.
enum class Live { none, info, status, table, everything };

struct Request {
  bool all_vgs = true;
  std::vector<std::string> vg_names;  // when not all
  Live live = Live::info;
  bool need_read_ahead = false;             // of live devices
  bool need_pv_read_ahead = false;          // of the PVs below: commands that activate
  bool need_devices = false;                // unlabelled devices too (pvs -a, pvcreate, vgextend)
  std::vector<std::string> only_devices;    // --devices and its like: the Io lists no others
  std::optional<std::string> devices_file;  // a name in /etc/lvm/devices; "": none; nullopt: as the settings say
  std::vector<std::string> restrict_to;     // of what the Io lists, when not empty
  bool accept_named = false;       // `paths` count though the devices file does not list them: they will be added
  std::vector<std::string> paths;  // devices as the user named them: they become aliases in the World
};

// What the machine says about itself, for commands that read no devices.
Result<world::Host> host(System& system, const config::Config& config);

// Labels, PV headers, area headers and text summaries of every usable device. Each VG gets a view with
// what its summary says (VgView::summary_only).
Result<world::World> discover(System& system, const config::Config& config, const Request& request);

// Reads the texts of the requested VGs from the devices of `discovered`. Rereads area headers first, since
// a VG may have changed before its lock was got; then everything is discovered anew, and positions in
// World::pvs change. Adds live state. Never writes. May be called for one VG after the other.
Result<> read(System& system, const config::Config& config, const Request& request, world::World& discovered);

}  // namespace lvm::scan
