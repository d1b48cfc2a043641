// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scan/pass.h"

namespace lvm::scan {

Pass::Pass(System& the_system, const config::Config& the_config, const Request& the_request, world::World& the_world)
    : system(the_system), config(the_config), request(the_request), world(the_world) {
  for (const world::Finding& finding : world.findings) said_.insert(finding.text);
}

void Pass::find(world::Finding finding) {
  if (said_.insert(finding.text).second) world.findings.push_back(std::move(finding));
}

void Pass::find_about_device(world::Finding::Kind kind, const std::string& device, std::string text) {
  find({.kind = kind, .device = device, .text = std::move(text)});
}

void Pass::find_about_vg(world::Finding::Kind kind, const model::Vg& vg, const std::string& device, std::string text) {
  find({.kind = kind, .vg = vg.id, .vg_name = vg.name, .device = device, .text = std::move(text)});
}

void Pass::damage(AreaRef ref, std::string problem) {
  world::MetadataArea& damaged = area(ref);
  damaged.damaged = true;
  damaged.problem = std::move(problem);
  find({.kind = world::Finding::Kind::damaged_area,
        .vg = damaged.vg_id,
        .vg_name = damaged.vg_name,
        .device = path(ref),
        .text = "bad metadata on " + path(ref) + " in mda" + std::to_string(ref.area + 1) + ": " + damaged.problem +
                "\n  Repair VG metadata on " + path(ref) + " with vgck --updatemetadata."});
}

}  // namespace lvm::scan
