// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/session.h"
#include "plan/context.h"

namespace lvm::cli {
namespace {

// A whole disk or a part of one, by its name: what the reference counts.
bool is_whole_disk(const std::string& path) { return path.empty() || path.back() < '0' || path.back() > '9'; }

struct Counts {
  std::size_t disks = 0, parts = 0;
  void add(const std::string& path) { ++(is_whole_disk(path) ? disks : parts); }
};

std::string plural(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

ExitStatus run_lvmdiskscan(Session& session, const Arguments& arguments) {
  bool only_pvs = arguments.has(Opt::lvmpartition);
  if (only_pvs) session.messages().warn("WARNING: only considering LVM devices");
  auto found = session.discover();
  if (!found) return session.refuse(found.error());
  const world::World& world = session.world();
  std::size_t width = 0;
  for (const device::Device& device : world.devices) width = std::max(width, device.path.size());
  Counts devices, pvs;
  for (const device::Device& device : world.devices) {
    bool labelled =
        std::ranges::any_of(world.pvs, [&](const world::PvDevice& pv) { return pv.device.path == device.path; });
    if (!labelled && only_pvs) continue;
    (labelled ? pvs : devices).add(device.path);
    session.messages().print(fmt::format("{:<{}} [{:>15}] {}", device.path, width,
                                         session.context().size_text(to_sectors_floor(device.size)),
                                         labelled ? "LVM physical volume" : ""));
  }
  if (!only_pvs) {
    session.messages().print(plural(devices.disks, "disk"));
    session.messages().print(plural(devices.parts, "partition"));
  }
  session.messages().print(plural(pvs.disks, "LVM physical volume whole disk"));
  session.messages().print(plural(pvs.parts, "LVM physical volume"));
  return ExitStatus::ok;
}

}  // namespace lvm::cli
