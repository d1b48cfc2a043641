// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "model/index.h"
#include "model/invariants.h"
#include "scan/claims.h"
#include "scan/pass.h"

namespace lvm::scan {
namespace {

using Kind = world::Finding::Kind;

// Copies that are older than the best one, or as new and different.
void find_differing_copies(Pass& pass, const model::Vg& vg, const std::vector<AreaRef>& areas, AreaRef chosen) {
  const world::MetadataArea& best = pass.area(chosen);
  bool inconsistent = false;
  for (AreaRef ref : areas) {
    const world::MetadataArea& area = pass.area(ref);
    if (area.damaged) continue;
    bool same = area.text_checksum == best.text_checksum && area.text_size == best.text_size;
    if (same && area.seqno == best.seqno) continue;
    inconsistent = true;
    if (area.seqno != best.seqno)
      pass.find_about_vg(Kind::old_metadata, vg, pass.path(ref),
                         "ignoring metadata seqno " + std::to_string(area.seqno) + " on " + pass.path(ref) +
                             " for seqno " + std::to_string(best.seqno) + " on " + pass.path(chosen) + " for VG " +
                             vg.name + ".");
    else
      pass.find_about_vg(Kind::inconsistent_metadata, vg, pass.path(ref),
                         "metadata of VG " + vg.name + " on " + pass.path(ref) + " and " + pass.path(chosen) +
                             " differs, though both have seqno " + std::to_string(area.seqno) + ".");
  }
  if (inconsistent)
    pass.find_about_vg(
        Kind::inconsistent_metadata, vg, "",
        "Inconsistent metadata found for VG " + vg.name + ".\n  See vgck --updatemetadata to correct inconsistency.");
}

struct Loaded {
  model::Vg vg;
  AreaRef from;
};

// The best text that can be read. Areas whose text cannot are marked damaged; a text that is whole but
// not understood is not a matter of which copy.
Result<Loaded> load_best(Pass& pass, const world::VgView& view, std::vector<AreaRef> areas) {
  std::ranges::stable_sort(areas, std::greater{}, [&](AreaRef ref) { return pass.area(ref).seqno; });
  std::optional<Error> first_error;
  for (AreaRef ref : areas) {
    auto text = read_whole_text(pass, ref);
    if (!text) {
      if (text.error().code() == Code::interrupted) return std::unexpected(std::move(text).error());
      if (!first_error) first_error = text.error();
      pass.damage(ref, text.error().text());
      continue;
    }
    auto read = metadata::read(*std::move(text), pass.path(ref));
    if (!read) return std::unexpected(std::move(read).error());
    if (read->vg.id != view.vg->id)
      return fail(Code::corrupt, "metadata on " + pass.path(ref) + " changed while it was read");
    return Loaded{std::move(read->vg), ref};
  }
  if (first_error) return std::unexpected(*std::move(first_error));
  return fail(Code::corrupt, "no metadata area of the volume group can be read");
}

// --- PVs that texts of two VGs list (claims.h) ----------------------------------------------------

// Other VGs of which a text stands on a PV that this one lists.
std::vector<VgId> rivals_of(const Pass& pass, const model::Vg& vg) {
  std::vector<VgId> out;
  for (const model::Pv& pv : vg.pvs) {
    const world::PvDevice* device = pass.world.find_pv(pv.id);
    if (!device) continue;
    for (const world::MetadataArea& area : device->areas) {
      if (!holds_text(area) || area.vg_id == vg.id) continue;
      if (std::ranges::find(out, area.vg_id) == out.end()) out.push_back(area.vg_id);
    }
  }
  return out;
}

struct Shared {
  std::vector<std::size_t> pvs;  // positions in World::pvs
  bool vg_is_there = false, other_is_there = false;
};
Shared shared_pvs(const Pass& pass, const model::Vg& vg, const model::Vg& other) {
  Shared out;
  model::PvIndex theirs(other);
  for (const model::Pv& pv : vg.pvs) {
    const world::PvDevice* device = theirs.find(pv.id) ? pass.world.find_pv(pv.id) : nullptr;
    if (!device) continue;
    out.pvs.push_back(static_cast<std::size_t>(device - pass.world.pvs.data()));
    for (const world::MetadataArea& area : device->areas) {
      if (!holds_text(area)) continue;
      out.vg_is_there = out.vg_is_there || area.vg_id == vg.id;
      out.other_is_there = out.other_is_there || area.vg_id == other.id;
    }
  }
  return out;
}

std::string cut_short(const std::string& what) {
  return what + ": a command that moved physical volumes was interrupted.";
}

// False when nothing is left of the VG.
bool settle_claims(Pass& pass, model::Vg& vg) {
  std::vector<VgId> rivals = rivals_of(pass, vg);
  if (rivals.empty()) return true;
  Groups groups = group_areas(pass);
  for (const VgId& rival : rivals) {
    const world::VgView* view = pass.world.find_vg(rival);
    if (!view || view->unusable) continue;
    auto loaded = load_best(pass, *view, groups[rival]);
    if (!loaded) continue;
    const model::Vg& other = loaded->vg;
    Shared shared = shared_pvs(pass, vg, other);
    Claim claim = settle(vg, shared.vg_is_there, other, shared.other_is_there);
    model::Vg rest = vg;
    if (claim == Claim::theirs) {
      let_go(rest, other);
      if (!model::check(rest)) continue;
    }
    if (claim == Claim::unsettled) continue;
    for (std::size_t pv : shared.pvs) pass.world.pvs[pv].vg_id = claim == Claim::ours ? vg.id : other.id;
    if (claim == Claim::superseded) return false;
    if (claim == Claim::theirs)
      pass.find_about_vg(Kind::other, vg, "", cut_short("Part of VG " + vg.name + " is VG " + other.name + " now"));
    if (claim == Claim::ours && vg.flags.has(model::VgFlag::exported))
      pass.find_about_vg(Kind::other, vg, "",
                         cut_short("VG " + vg.name + " was split off VG " + other.name + " and is still exported") +
                             "\n  Use vgimport " + vg.name + " to have its volumes.");
    vg = std::move(rest);
  }
  return true;
}

// A PV that was missing when the VG was last changed, and is back. Without data on it nothing is lost:
// it counts again.
void welcome_back(Pass& pass, model::Vg& vg, const world::VgView& view) {
  bool any = false;
  for (std::size_t i = 0; i < vg.pvs.size(); ++i) any = any || (vg.pvs[i].missing() && view.devices[i]);
  if (!any) return;
  std::vector<model::PvUsage> usage = model::pv_usage(vg);
  for (std::size_t i = 0; i < vg.pvs.size(); ++i) {
    model::Pv& pv = vg.pvs[i];
    if (!pv.missing() || !view.devices[i]) continue;
    const std::string& path = pass.world.pvs[*view.devices[i]].device.path;
    bool unused = usage[i].ranges.empty();
    pass.find_about_vg(Kind::missing_pv, vg, path,
                       "VG " + vg.name + (unused ? " has unused reappeared PV " : " was missing PV ") + path + " " +
                           pv.id.dashed() + ".");
    if (unused) pv.flags.clear(model::PvFlag::missing);
  }
}

void find_missing(Pass& pass, const model::Vg& vg, const world::VgView& view) {
  for (std::size_t i = 0; i < vg.pvs.size(); ++i)
    if (!view.devices[i])
      pass.find_about_vg(Kind::missing_pv, vg, "", "Couldn't find device with uuid " + vg.pvs[i].id.dashed() + ".");
  for (std::size_t i = 0; i < vg.pvs.size(); ++i) {
    if (view.devices[i]) continue;
    const std::string& hint = vg.pvs[i].device_hint;
    pass.find_about_vg(Kind::missing_pv, vg, "",
                       "VG " + vg.name + " is missing PV " + vg.pvs[i].id.dashed() +
                           (hint.empty() ? "." : " (last written to " + hint + ")."));
  }
}

void find_outdated(Pass& pass, world::VgView& view, const std::vector<AreaRef>& areas) {
  const model::Vg& vg = *view.vg;
  model::PvIndex members(vg);
  for (AreaRef ref : areas) {
    world::PvDevice& pv = pass.world.pvs[ref.pv];
    if (members.find(pv.id) || std::ranges::find(view.outdated, ref.pv) != view.outdated.end()) continue;
    if (pv.vg_id != vg.id) continue;  // another VG has it
    view.outdated.push_back(ref.pv);
    pv.vg_id = VgId();
    pass.find_about_vg(Kind::outdated_pv, vg, pv.device.path,
                       "outdated PV " + pv.device.path + " seqno " + std::to_string(pass.area(ref).seqno) +
                           " has been removed in current VG " + vg.name + " seqno " + std::to_string(vg.seqno) +
                           ".\n  See vgck --updatemetadata to clear outdated metadata.");
  }
}

// What of a PV's label or size does not fit the VG.
void find_stale_headers(Pass& pass, const world::VgView& view) {
  const model::Vg& vg = *view.vg;
  const bool checks_size = pass.config.flag("metadata/check_pv_device_sizes");
  bool resized = false;
  for (std::size_t i = 0; i < vg.pvs.size(); ++i) {
    if (!view.devices[i]) continue;
    const world::PvDevice& pv = pass.world.pvs[*view.devices[i]];
    const std::string& path = pv.device.path;
    constexpr std::uint32_t kExtensionVersion = 2;
    if (pv.extension_version < kExtensionVersion)
      pass.find_about_vg(Kind::pv_header_stale, vg, path,
                         "PV " + path + " in VG " + vg.name + " is using an old PV header, modify the VG to update.");
    else if (!pv.used)
      pass.find_about_vg(Kind::pv_header_stale, vg, path,
                         "PV " + path + " in VG " + vg.name + " is missing the used flag in PV header.");
    Sectors device_size = to_sectors_floor(pv.device.size);
    if (checks_size && pv.device.size && device_size < vg.pvs[i].device_size) {
      resized = true;
      pass.find_about_vg(Kind::other, vg, path,
                         "Device " + path + " has size of " + std::to_string(device_size.n) +
                             " sectors which is smaller than corresponding PV size of " +
                             std::to_string(vg.pvs[i].device_size.n) + " sectors. Was device resized?");
    }
  }
  if (resized)
    pass.find_about_vg(Kind::other, vg, "",
                       "One or more devices used as PVs in VG " + vg.name + " have changed sizes.");
}

}  // namespace

void link_devices(Pass& pass, world::VgView& view) {
  view.devices.clear();
  for (const model::Pv& pv : view.vg->pvs) {
    const world::PvDevice* device = pass.world.find_pv(pv.id);
    // Its own metadata says that it went to another VG since.
    if (device && device->vg_id && device->vg_id != view.vg->id && pass.world.find_vg(device->vg_id)) device = nullptr;
    if (!device) {
      view.devices.emplace_back();
      continue;
    }
    auto index = static_cast<std::size_t>(device - pass.world.pvs.data());
    pass.world.pvs[index].vg_id = view.vg->id;
    view.devices.emplace_back(index);
  }
}

bool load_vg(Pass& pass, world::VgView& view, const std::vector<AreaRef>& areas) {
  view.outdated.clear();
  view.unusable.reset();
  view.summary_only = false;
  auto loaded = load_best(pass, view, areas);
  if (!loaded) {
    view.unusable = "Metadata of volume group " + view.vg->name + " cannot be used: " + loaded.error().text();
    pass.find_about_vg(Kind::unusable_vg, *view.vg, "", *view.unusable);
    return true;
  }
  if (!settle_claims(pass, loaded->vg)) return false;
  auto vg = std::make_shared<model::Vg>(std::move(loaded->vg));
  view.vg = vg;
  view.foreign = is_foreign(pass, vg->system_id, vg->lock_type);
  find_differing_copies(pass, *vg, areas, loaded->from);
  link_devices(pass, view);
  welcome_back(pass, *vg, view);
  find_missing(pass, *vg, view);
  find_outdated(pass, view, areas);
  find_stale_headers(pass, view);
  world::summarise_areas(pass.world, view);
  return true;
}

}  // namespace lvm::scan
