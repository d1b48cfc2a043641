// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "scan/pass.h"

namespace lvm::scan {

bool holds_text(const world::MetadataArea& area) {
  return !area.damaged && !area.ignored && static_cast<bool>(area.vg_id);
}

namespace {

// A VG of which only the summary is known.
world::VgView summary_view(const Pass& pass, const metadata::Summary& summary) {
  model::Vg vg;
  vg.id = summary.vg_id;
  vg.name = summary.vg_name;
  vg.seqno = summary.seqno;
  vg.system_id = summary.system_id;
  vg.lock_type = summary.lock_type;
  vg.flags.set(model::VgFlag::exported, summary.exported);
  world::VgView view;
  view.foreign = is_foreign(pass, vg.system_id, vg.lock_type);
  view.vg = std::make_shared<const model::Vg>(std::move(vg));
  view.summary_only = true;
  return view;
}

// A VG of which no text is sound still has a name, and its PVs are not free.
void make_unusable_views(Pass& pass) {
  for (world::PvDevice& pv : pass.world.pvs) {
    if (pv.vg_id || pv.duplicate) continue;
    for (const world::MetadataArea& area : pv.areas) {
      if (!area.damaged || area.ignored || !area.vg_id) continue;
      auto known = std::ranges::find(pass.world.vgs, area.vg_id, [](const world::VgView& v) { return v.vg->id; });
      if (known == pass.world.vgs.end()) {
        world::VgView view = summary_view(pass, {.vg_name = area.vg_name, .vg_id = area.vg_id, .seqno = area.seqno});
        view.summary_only = false;
        view.unusable = "Metadata of volume group " + area.vg_name + " cannot be used: " + area.problem;
        pass.find_about_vg(world::Finding::Kind::unusable_vg, *view.vg, pv.device.path, *view.unusable);
        pass.world.vgs.push_back(std::move(view));
      } else if (!known->unusable) {
        continue;  // sound elsewhere: its text decides whether this PV is in it
      }
      pv.vg_id = area.vg_id;
      break;
    }
  }
}

void find_equal_names(Pass& pass) {
  const auto& vgs = pass.world.vgs;
  for (std::size_t i = 1; i < vgs.size(); ++i) {
    const model::Vg &a = *vgs[i - 1].vg, &b = *vgs[i].vg;
    if (a.name == b.name && !vgs[i].foreign)
      pass.find_about_vg(world::Finding::Kind::other, b, "",
                         "VG name " + a.name + " is used by VGs " + a.id.dashed() + " and " + b.id.dashed() +
                             ".\n  Fix duplicate VG names with vgrename uuid, a device filter, or system IDs.");
  }
}

}  // namespace

bool is_foreign(const Pass& pass, const std::string& system_id, const std::string& lock_type) {
  // Of a shared VG the lock manager decides who may use it.
  bool shared = !lock_type.empty() && lock_type != "none" && lock_type != "clvm";
  if (system_id.empty() || shared || system_id == pass.world.host.system_id) return false;
  // As in the reference, a host without an id of its own has no others either.
  if (pass.world.host.system_id.empty()) return true;
  std::vector<std::string> more;
  if (pass.config.is_set("local/extra_system_ids")) more = pass.config.strings("local/extra_system_ids");
  return std::ranges::find(more, system_id) == more.end();
}

Groups group_areas(const Pass& pass) {
  Groups groups;
  for (std::size_t pv = 0; pv < pass.world.pvs.size(); ++pv) {
    if (pass.world.pvs[pv].duplicate) continue;
    for (std::size_t area = 0; area < pass.world.pvs[pv].areas.size(); ++area)
      if (holds_text(pass.area({pv, area}))) groups[pass.area({pv, area}).vg_id].push_back({pv, area});
  }
  return groups;
}

std::uint32_t highest_seqno(const Pass& pass, const std::vector<AreaRef>& areas) {
  std::uint32_t highest = 0;
  for (AreaRef ref : areas) highest = std::max(highest, pass.area(ref).seqno);
  return highest;
}

void make_summary_views(Pass& pass) {
  for (const auto& [id, areas] : group_areas(pass)) {
    std::uint32_t highest = highest_seqno(pass, areas);
    for (AreaRef ref : areas) {
      const world::MetadataArea& area = pass.area(ref);
      if (area.seqno != highest) continue;
      pass.world.vgs.push_back(summary_view(pass, pass.summaries.at({area.text_checksum, area.text_size.n})));
      break;
    }
  }
  pass.world.reindex();
  for (world::PvDevice& pv : pass.world.pvs) {
    const world::MetadataArea* newest = nullptr;
    for (const world::MetadataArea& area : pv.areas)
      if (holds_text(area) && (!newest || area.seqno > newest->seqno)) newest = &area;
    pv.vg_id = newest && !pv.duplicate ? newest->vg_id : VgId();
  }
  make_unusable_views(pass);
  pass.world.reindex();
  find_equal_names(pass);
}

}  // namespace lvm::scan
