// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/enumerate.h"

#include <unistd.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "device/block_list.h"
#include "device/images.h"
#include "device/names.h"
#include "dm/types.h"

namespace lvm::device {
namespace {

struct DmName {
  std::string name, uuid;
};
using DmNames = std::map<dm::DeviceNumber, DmName>;

bool is_dm(const BlockDevice& device) { return device.kernel_name.starts_with("dm-"); }
bool is_md(const BlockDevice& device) { return device.kernel_name.starts_with("md"); }

// Names and uuids of all device-mapper devices: one ioctl with recent kernels, else sysfs.
DmNames dm_names(const std::vector<BlockDevice>& devices, const Sysfs& sysfs, dm::Engine* engine) {
  DmNames out;
  if (std::ranges::none_of(devices, is_dm)) return out;
  if (engine != nullptr && engine->available()) {
    if (auto listed = engine->list()) {
      bool complete = true;
      for (dm::ListEntry& entry : *listed) {
        complete = complete && entry.have_uuid;
        out[entry.device] = {std::move(entry.name), std::move(entry.uuid)};
      }
      if (complete) return out;
    }
  }
  for (const BlockDevice& device : devices)
    if (is_dm(device))
      out[device.number] = {sysfs.attribute(device.number, "dm/name").value_or(""),
                            sysfs.attribute(device.number, "dm/uuid").value_or("")};
  return out;
}

// Devices below the multipath and md devices there are: no device is asked for what stands on it.
struct Components {
  std::set<dm::DeviceNumber> multipath, md;
};
Components find_components(const std::vector<BlockDevice>& devices, const DmNames& names, const Sysfs& sysfs) {
  Components out;
  for (const BlockDevice& device : devices) {
    auto dm = names.find(device.number);
    bool multipath = dm != names.end() && dm->second.uuid.starts_with("mpath-");
    if (!multipath && !is_md(device)) continue;
    for (dm::DeviceNumber slave : sysfs.related(device.number, "slaves"))
      (multipath ? out.multipath : out.md).insert(slave);
  }
  return out;
}

// Walks no more of /dev than the names shown depend on: its top level and, when some device has no good
// name there, what is below, without the directories of VGs (thousands of links, none of a device asked
// about unless scan_lvs is set, and then found by their rule) and of things that are no block devices.
class NameFinder {
 public:
  NameFinder(const SystemOptions& options, NameOrder order, const DmNames& dm_names)
      : options_(options), order_(std::move(order)), dm_names_(dm_names) {}

  void collect(const std::vector<BlockDevice>& devices);
  // Best first; empty when the device has no name at all.
  std::vector<Name> names_of(const BlockDevice& device) const;

 private:
  bool is_volume(dm::DeviceNumber number) const {
    auto dm = dm_names_.find(number);
    return dm != dm_names_.end() && dm->second.uuid.starts_with("LVM-");
  }
  // Volumes that are no physical volumes are rejected by what they are, whatever they are called, and there may be
  // thousands: their names are made, not looked for.
  bool collects_volumes() const { return options_.all_names && options_.scan_volumes; }
  std::vector<std::string> directories_to_skip() const;

  const SystemOptions& options_;
  NameOrder order_;
  const DmNames& dm_names_;
  NamesByNumber names_;
};

std::vector<std::string> NameFinder::directories_to_skip() const {
  std::vector<std::string> skip;
  for (const char* name : {"/bus", "/char", "/cpu", "/dri", "/fd", "/hugepages", "/input", "/mqueue", "/net", "/pts",
                           "/shm", "/snd", "/usb", "/vfio"})
    skip.push_back(options_.directory + name);
  if (!options_.all_names)
    for (const char* name : {"/disk", "/block", "/mapper"}) skip.push_back(options_.directory + name);
  if (collects_volumes()) return skip;
  std::set<std::string> groups;
  for (const auto& [number, dm] : dm_names_)
    if (dm.uuid.starts_with("LVM-")) groups.insert(dm::split_device_name(dm.name).vg);
  for (const std::string& group : groups) skip.push_back(options_.directory + "/" + group);
  return skip;
}

void NameFinder::collect(const std::vector<BlockDevice>& devices) {
  KnownPaths known;
  for (const BlockDevice& device : devices)
    if (is_dm(device)) known.emplace(options_.directory + "/" + device.kernel_name, device.number);
  if (options_.all_names && !options_.scan_volumes)  // else /dev/mapper is not walked, or what is there counts
    for (const auto& [number, dm] : dm_names_)
      if (dm.uuid.starts_with("LVM-")) known.emplace(options_.directory + "/mapper/" + dm.name, number);
  std::vector<std::string> skip = directories_to_skip();
  bool whole = options_.all_names || options_.scan != std::vector{options_.directory};
  if (!whole) {
    collect_names(options_.directory, false, known, skip, names_);
    auto needs_more = [&](const BlockDevice& device) {
      if (is_volume(device.number)) return false;
      return is_dm(device) || !names_.contains(device.number);
    };
    whole = std::ranges::any_of(devices, needs_more);
    if (whole) names_.clear();
  }
  if (!whole) return;
  for (const std::string& directory : options_.scan) collect_names(directory, true, known, skip, names_);
}

std::vector<Name> NameFinder::names_of(const BlockDevice& device) const {
  std::vector<Name> names;
  if (auto found = names_.find(device.number); found != names_.end()) names = found->second;
  const auto dm = dm_names_.find(device.number);
  const bool volume = is_volume(device.number);
  if (volume && !collects_volumes()) {
    dm::SplitName split = dm::split_device_name(dm->second.name);
    if (!split.lv.empty() && split.layer.empty())
      names.push_back({options_.directory + "/" + split.vg + "/" + split.lv, true});
  }
  if (dm != dm_names_.end() && !options_.all_names) {
    std::string path = options_.directory + "/mapper/" + dm->second.name;
    if (volume || ::access(path.c_str(), F_OK) == 0) names.push_back({path, true});
  }
  order_.sort(names);
  return names;
}

Device make_device(const BlockDevice& block, std::vector<Name> names, const DmNames& dm_names,
                   const Components& components, const Sysfs& sysfs) {
  Device device{.number = block.number, .size = block.size, .partitioned = block.partitioned};
  device.partition = static_cast<bool>(block.disk);
  device.path = std::move(names.front().path);
  for (std::size_t i = 1; i < names.size(); ++i) device.aliases.push_back(std::move(names[i].path));
  if (auto dm = dm_names.find(block.number); dm != dm_names.end()) device.dm_uuid = dm->second.uuid;
  // To the sector; not for volumes, of which there may be thousands and which are hardly ever PVs.
  if (!device.dm_uuid.starts_with("LVM-"))
    if (auto sectors = sysfs.number(block.number, "size"); sectors && *sectors != 0)
      device.size = to_bytes(Sectors(*sectors));
  device.multipath_component = components.multipath.contains(block.number) || components.multipath.contains(block.disk);
  device.md_component = components.md.contains(block.number);
  return device;
}

}  // namespace

Result<std::vector<Device>> enumerate_devices(const SystemOptions& options, const Sysfs& sysfs, dm::Engine* engine,
                                              bool number_images) {
  NameOrder order = TRY(NameOrder::make(options.directory, options.preferred_names));
  ImageList listed = TRY(list_images(options.only_paths, number_images));
  const std::set<dm::DeviceNumber>& wanted = listed.blocks;
  std::vector<Device> devices = std::move(listed.images);
  if (!options.only_paths.empty() && wanted.empty()) return devices;

  std::vector<BlockDevice> blocks = list_block_devices(options.proc_root, sysfs);
  DmNames dm_names_by_number = dm_names(blocks, sysfs, engine);
  Components components = find_components(blocks, dm_names_by_number, sysfs);
  if (!wanted.empty()) std::erase_if(blocks, [&](const BlockDevice& block) { return !wanted.contains(block.number); });

  NameFinder finder(options, std::move(order), dm_names_by_number);
  finder.collect(blocks);
  for (const BlockDevice& block : blocks)
    if (std::vector<Name> names = finder.names_of(block); !names.empty())
      devices.push_back(make_device(block, std::move(names), dm_names_by_number, components, sysfs));
  return devices;
}

}  // namespace lvm::device
