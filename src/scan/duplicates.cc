// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "scan/pass.h"

// One PV id on several devices: copies, or several paths to one device. Only one is used.
namespace lvm::scan {
namespace {

// What speaks for a device, strongest first; the texts are LVM2's.
enum Reason : std::size_t { device_id, used_by_lv, size, hint, mounted, dm_subsystem, subsystem, kReasons };
constexpr std::array<const char*, kReasons> kTexts = {"device id",
                                                      "device is used by LV",
                                                      "device size is correct",
                                                      "device name matches previous",
                                                      "device has fs mounted",
                                                      "device is in dm subsystem",
                                                      "device is in subsystem"};

struct Candidate {
  std::size_t pv = 0;
  std::array<bool, kReasons> for_it{};
};

class Resolver {
 public:
  explicit Resolver(Pass& pass) : pass_(pass) {}
  void resolve(const std::vector<std::size_t>& same);

 private:
  // What the metadata, in the area of any of them, says of the PV.
  std::optional<model::Pv> recorded(const std::vector<std::size_t>& same);
  Candidate judge(std::size_t index, const std::optional<model::Pv>& recorded_pv);
  bool is_used_by_volume(const device::Device& device);
  bool is_device_mappers(const device::Device& device);

  Pass& pass_;
  std::map<TextKey, std::optional<model::Vg>> texts_;
};

std::optional<model::Pv> Resolver::recorded(const std::vector<std::size_t>& same) {
  for (std::size_t index : same) {
    const world::PvDevice& pv = pass_.world.pvs[index];
    for (std::size_t i = 0; i < pv.areas.size(); ++i) {
      const world::MetadataArea& area = pv.areas[i];
      if (!holds_text(area)) continue;
      auto [known, fresh] = texts_.try_emplace({area.text_checksum, area.text_size.n});
      if (fresh)
        if (auto text = read_whole_text(pass_, {index, i}))
          if (auto read = metadata::read(*std::move(text), pv.device.path)) known->second = std::move(read->vg);
      if (!known->second) continue;
      if (const model::Pv* found = known->second->find_pv(pv.id)) return *found;
    }
  }
  return std::nullopt;
}

bool Resolver::is_used_by_volume(const device::Device& device) {
  for (dm::DeviceNumber holder : pass_.system.io.holders(device)) {
    auto info = pass_.system.dm.info(holder);
    if (info && *info && (*info)->uuid.starts_with("LVM-")) return true;
  }
  return false;
}

// Those that dmsetup makes need have no uuid.
bool Resolver::is_device_mappers(const device::Device& device) {
  if (!device.dm_uuid.empty()) return true;
  if (device.image || !pass_.system.dm.available()) return false;
  auto info = pass_.system.dm.info(device.number);
  return info && *info;
}

Candidate Resolver::judge(std::size_t index, const std::optional<model::Pv>& recorded_pv) {
  const device::Device& device = pass_.world.pvs[index].device;
  Candidate out{.pv = index};
  if (recorded_pv) {
    out.for_it[device_id] = !recorded_pv->device_id.empty() && recorded_pv->device_id == device.id_name;
    out.for_it[size] = to_sectors_floor(device.size) == recorded_pv->device_size;
    out.for_it[hint] = recorded_pv->device_hint == device.path;
  }
  out.for_it[used_by_lv] = is_used_by_volume(device);
  out.for_it[mounted] = pass_.system.io.is_mounted(device);
  out.for_it[dm_subsystem] = is_device_mappers(device);
  out.for_it[subsystem] = device.path.starts_with("/dev/md");
  return out;
}

void Resolver::resolve(const std::vector<std::size_t>& same) {
  std::optional<model::Pv> recorded_pv = recorded(same);
  Candidate best = judge(same.front(), recorded_pv);
  const char* why = "device was seen first";
  for (std::size_t i = 1; i < same.size(); ++i) {
    Candidate other = judge(same[i], recorded_pv);
    for (std::size_t reason = 0; reason < kReasons; ++reason) {
      if (best.for_it[reason] == other.for_it[reason]) continue;
      why = kTexts[reason];
      if (other.for_it[reason]) best = other;
      break;
    }
  }
  std::string id = pass_.world.pvs[best.pv].id.dashed();
  for (std::size_t index : same) {
    if (index == best.pv) continue;
    world::PvDevice& pv = pass_.world.pvs[index];
    pv.duplicate = true;
    pass_.find_about_device(world::Finding::Kind::duplicate_pv, pv.device.path,
                            "Not using device " + pv.device.path + " for PV " + id + ".");
  }
  const std::string& chosen = pass_.world.pvs[best.pv].device.path;
  pass_.find_about_device(world::Finding::Kind::duplicate_pv, chosen,
                          "PV " + id + " prefers device " + chosen + " because " + why + ".");
}

// Parts of a multipath device or an md array are no copies of it, though their filters be switched off.
void drop_components(Pass& pass) {
  auto is_component = [](const world::PvDevice& pv) { return pv.device.multipath_component || pv.device.md_component; };
  if (std::ranges::none_of(pass.world.pvs, is_component)) return;
  std::unordered_set<PvId> whole;
  for (const world::PvDevice& pv : pass.world.pvs)
    if (!is_component(pv)) whole.insert(pv.id);
  for (const world::PvDevice& pv : pass.world.pvs) {
    if (!is_component(pv) || !whole.contains(pv.id)) continue;
    std::erase_if(pass.world.devices, [&](const device::Device& device) { return device.path == pv.device.path; });
    const char* reason = pv.device.md_component ? "device is an md component" : "device is a multipath component";
    pass.world.rejected.push_back({pv.device, reason});
  }
  std::erase_if(pass.world.pvs, [&](const world::PvDevice& pv) { return is_component(pv) && whole.contains(pv.id); });
}

}  // namespace

void resolve_duplicates(Pass& pass) {
  drop_components(pass);
  std::unordered_map<PvId, std::vector<std::size_t>> by_id;
  bool any = false;
  for (std::size_t i = 0; i < pass.world.pvs.size(); ++i) {
    auto& same = by_id[pass.world.pvs[i].id];
    same.push_back(i);
    any = any || same.size() > 1;
  }
  if (!any) return;
  Resolver resolver(pass);
  for (std::size_t i = 0; i < pass.world.pvs.size(); ++i) {
    const auto& same = by_id[pass.world.pvs[i].id];
    if (same.size() > 1 && same.front() == i) resolver.resolve(same);
  }
}

}  // namespace lvm::scan
