// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "report/render.h"
#include "report/settings.h"
#include "world/world.h"

// The texts of pvdisplay, vgdisplay, lvdisplay, pvscan, vgscan and lvscan. Programs parse them: they are
// those of LVM2, letter by letter. Tables (-C) are reports: see report.h.
namespace lvm::report {

enum class Style { full, colons, brief };

struct DisplayRequest {
  Style style = Style::full;
  bool maps = false;          // -m
  bool verbose = false;       // -v: vgdisplay goes on with the LVs and PVs
  bool path_as_name = false;  // global/lvdisplay_shows_full_device_path
  Scope scope;
  Settings settings;
};

std::string display_pvs(const world::World& world, const DisplayRequest& request);
std::string display_vgs(const world::World& world, const DisplayRequest& request);
std::string display_lvs(const world::World& world, const DisplayRequest& request);

struct PvScanRequest {
  bool brief = false;          // -s
  bool uuids = false;          // -u
  bool orphans_only = false;   // -n
  bool exported_only = false;  // -e
  Scope scope;
  Settings settings;
};
std::string scan_pvs(const world::World& world, const PvScanRequest& request);
std::string scan_vgs(const world::World& world, const Scope& scope);
std::string scan_lvs(const world::World& world, const Scope& scope, const Settings& settings);

}  // namespace lvm::report
