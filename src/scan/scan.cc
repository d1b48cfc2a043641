// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scan/scan.h"

#include <algorithm>

#include "ondisk/label.h"
#include "scan/hinted_scan.h"
#include "scan/pass.h"

namespace lvm::scan {
namespace {

// Devices, labels, area headers, summaries: into a World that has none yet.
Result<> discover_into(Pass& pass) {
  TRY(scan_devices(pass));
  resolve_duplicates(pass);
  make_summary_views(pass);
  return {};
}

bool is_wanted(const Request& request, const world::VgView& view) {
  return request.all_vgs || std::ranges::find(request.vg_names, view.vg->name) != request.vg_names.end();
}

bool same_text(const world::MetadataArea& a, const world::MetadataArea& b) {
  return a.damaged == b.damaged && a.ignored == b.ignored && a.text_offset == b.text_offset &&
         a.text_size == b.text_size && a.text_checksum == b.text_checksum;
}

// True when the label and areas of a PV are as the World has them.
bool is_unchanged(Pass& pass, std::size_t index, const device::HeadRead& read) {
  if (read.error) return false;
  auto label = find_pv_label(pass, *read.device, read.data);
  world::PvDevice& known = pass.world.pvs[index];
  if (!label || label->id != known.id || label->areas.size() != known.areas.size()) return false;
  LazyHandle handle(pass.system.io, known.device);
  for (std::size_t i = 0; i < known.areas.size(); ++i) {
    world::MetadataArea& area = label->areas[i];
    world::MetadataArea& before = known.areas[i];
    if (area.start != before.start || area.size != before.size) return false;
    read_area_header(area, handle, read.data);
    // A text that failed its checksum before has a sound header.
    if (before.damaged && !area.damaged) area.damaged = true;
    if (!same_text(area, before)) return false;
    before.precommitted = area.precommitted;
  }
  return true;
}

// Whether what discovery found of the VGs wanted still stands on their devices, now that they are locked.
bool still_as_discovered(Pass& pass) {
  const Request& request = pass.request;
  if (!request.all_vgs)
    for (const std::string& name : request.vg_names)
      if (!pass.world.find_vg(name)) return false;
  std::vector<std::size_t> indices;
  std::vector<device::HeadRead> reads;
  for (std::size_t i = 0; i < pass.world.pvs.size(); ++i) {
    const world::PvDevice& pv = pass.world.pvs[i];
    if (pv.duplicate) continue;
    auto concerns = [&](const world::MetadataArea& area) {
      return request.all_vgs || std::ranges::find(request.vg_names, area.vg_name) != request.vg_names.end();
    };
    if (!std::ranges::any_of(pv.areas, concerns)) continue;
    indices.push_back(i);
    reads.push_back({.device = &pv.device, .length = kHeadSize});
  }
  pass.system.io.read_heads(reads);
  for (std::size_t i = 0; i < reads.size(); ++i)
    if (!is_unchanged(pass, indices[i], reads[i])) return false;
  return true;
}

// Everything anew. VGs that were read before and are not wanted now keep their model while it is current.
Result<> rediscover(Pass& pass) {
  world::World& world = pass.world;
  std::vector<world::VgView> before = std::move(world.vgs);
  world.vgs.clear();
  world.pvs.clear();
  world.devices.clear();
  world.rejected.clear();
  world.index = {};
  TRY(discover_into(pass));
  for (world::VgView& old : before) {
    if (old.summary_only || is_wanted(pass.request, old)) continue;
    auto view = std::ranges::find(world.vgs, old.vg->id, [](const world::VgView& v) { return v.vg->id; });
    if (view == world.vgs.end() || view->vg->seqno != old.vg->seqno) continue;
    view->vg = old.vg;
    view->unusable = old.unusable;
    view->summary_only = false;
    link_devices(pass, *view);
    world::summarise_areas(world, *view);
  }
  return {};
}

void find_lost_pvs(Pass& pass) {
  for (const world::PvDevice& pv : pass.world.pvs) {
    if (!pv.used || pv.vg_id || pv.duplicate) continue;
    auto outdated = [&](const world::VgView& view) {
      return std::ranges::any_of(view.outdated, [&](std::size_t i) { return &pass.world.pvs[i] == &pv; });
    };
    if (std::ranges::any_of(pass.world.vgs, outdated)) continue;
    pass.find_about_device(world::Finding::Kind::other, pv.device.path,
                           "PV " + pv.device.path + " is marked in use but no VG was found using it.");
    pass.find_about_device(world::Finding::Kind::other, pv.device.path,
                           "PV " + pv.device.path + " might need repairing.");
  }
}

}  // namespace

Result<world::Host> host(System& system, const config::Config& config) {
  world::World world;
  Request request;
  Pass pass(system, config, request, world);
  auto host = read_host(pass);
  for (const world::Finding& finding : world.findings) system.trace.warn("WARNING: " + finding.text);
  return host;
}

Result<world::World> discover(System& system, const config::Config& config, const Request& request) {
  return discover(system, config, request, nullptr);
}

Result<world::World> discover(System& system, const config::Config& config, const Request& request, HintedScan* hints) {
  world::World world;
  Pass pass(system, config, request, world);
  pass.hints = hints;
  world.host = TRY(read_host(pass));
  TRY(discover_into(pass));
  return world;
}

Result<> read(System& system, const config::Config& config, const Request& request, world::World& discovered) {
  return read(system, config, request, nullptr, discovered);
}

Result<> read(System& system, const config::Config& config, const Request& request, HintedScan* hints,
              world::World& discovered) {
  Pass pass(system, config, request, discovered);
  pass.hints = hints;
  if (!still_as_discovered(pass)) TRY(rediscover(pass));
  Groups groups = group_areas(pass);
  std::vector<VgId> read_vgs, gone;
  for (world::VgView& view : discovered.vgs) {
    if (!is_wanted(request, view)) continue;
    auto areas = groups.find(view.vg->id);
    if (areas == groups.end()) continue;
    read_vgs.push_back(view.vg->id);
    if (!load_vg(pass, view, areas->second)) gone.push_back(view.vg->id);
  }
  std::erase_if(discovered.vgs, [&](const auto& view) { return std::ranges::find(gone, view.vg->id) != gone.end(); });
  if (request.all_vgs) {
    find_lost_pvs(pass);
    read_vgs.clear();
  }
  discovered.reindex();
  if (request.all_vgs || !read_vgs.empty()) TRY(read_live(pass, read_vgs));
  return {};
}

}  // namespace lvm::scan
