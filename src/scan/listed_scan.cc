// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scan/listed_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/crc.h"
#include "ondisk/label.h"
#include "ondisk/pv_header.h"

namespace lvm::scan {
namespace {

void say(Pass& pass, std::string text) {
  pass.find({.kind = world::Finding::Kind::devices_file, .device = pass.world.devices_file, .text = std::move(text)});
}

// Of this machine; empty where nobody says, or not to us.
std::string product_uuid(Files& files) {
  auto text = files.read("/sys/class/dmi/id/product_uuid");
  return text ? text->substr(0, text->find_first_of(" \n")) : std::string();
}

}  // namespace

Result<std::optional<ListedDevices>> open_devices_file(Pass& pass) {
  std::string path = TRY(devices_file_path(pass.config, pass.request));
  pass.world.devices_file = path;
  if (path.empty()) return std::nullopt;
  auto file = load_devices_file(pass.system, path);
  if (!file) {
    if (file.error().code() != Code::not_found) return std::unexpected(std::move(file).error());
    if (pass.request.devices_file && !pass.request.accept_named)
      return fail(Code::not_found, fmt::format("Devices file {} does not exist.", path));
    return std::nullopt;
  }
  for (const std::string& problem : file->problems) say(pass, fmt::format("WARNING: devices file {}.", problem));
  if (file->damaged) return std::nullopt;
  if (!file->system_id.empty() && file->system_id != pass.world.host.system_id)
    say(pass, fmt::format("WARNING: devices file has unmatching system id {} vs local {}.", file->system_id,
                          pass.world.host.system_id.empty() ? "none" : pass.world.host.system_id));
  if (pass.config.is_set("devices/filter"))
    say(pass, "Please remove the lvm.conf filter, it is ignored with the devices file.");
  return ListedDevices(pass.system.io, *std::move(file));
}

std::vector<device::Device> ListedScan::choose(std::vector<device::Device> found) {
  std::vector<std::optional<std::size_t>> matched = listed_.match(found);
  std::vector<device::DevicesEntry>& entries = listed_.file().entries;
  std::vector<bool> wanted(found.size());
  paths_.resize(entries.size());
  for (std::size_t entry = 0; entry < entries.size(); ++entry) {
    if (!matched[entry]) continue;
    device::Device& device = found[*matched[entry]];
    wanted[*matched[entry]] = true;
    paths_[entry] = device.path;
    ListedDevices::mark(device, entries[entry]);
  }
  if (pass_.request.accept_named)
    for (const std::string& path : pass_.request.paths)
      if (auto at = pass_.system.io.locate(path, found); at && !wanted[*at]) {
        wanted[*at] = true;
        listed_.mark_new(found[*at]);
      }
  std::vector<device::Device> out;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (wanted[i])
      out.push_back(std::move(found[i]));
    else
      unlisted_.push_back(std::move(found[i]));
  }
  return out;
}

const world::PvDevice* ListedScan::pv_on(const device::Device& device) const {
  auto pv = std::ranges::find_if(pass_.world.pvs,
                                 [&](const world::PvDevice& known) { return known.device.path == device.path; });
  return pv == pass_.world.pvs.end() ? nullptr : &*pv;
}

// A device that only had the right name is none of the listed ones.
void ListedScan::take_back(const device::Device& device, const device::DevicesEntry& entry) {
  const world::PvDevice* pv = pv_on(device);
  say(pass_, fmt::format("Devices file PVID {} not found on device {} (device PVID {}).", entry.pv_id, device.path,
                         pv ? pv->id.plain() : "none"));
  device::Device other = device;
  other.id_type.clear();
  other.id_name.clear();
  std::erase_if(pass_.world.pvs, [&](const world::PvDevice& known) { return known.device.path == other.path; });
  std::erase_if(pass_.world.devices, [&](const device::Device& known) { return known.path == other.path; });
  unlisted_.push_back(std::move(other));
}

bool ListedScan::is_of_another_machine() {
  device::DevicesFile& file = listed_.file();
  if (file.product_uuid.empty()) return !file.host_name.empty() && file.host_name != pass_.world.host.name;
  auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  const std::string own = product_uuid(pass_.system.files);
  return !own.empty() && !std::ranges::equal(own, file.product_uuid, {}, lower, lower);
}

Result<std::vector<device::Device>> ListedScan::check() {
  std::vector<device::DevicesEntry>& entries = listed_.file().entries;
  std::vector<std::size_t> lost;
  moved_ = is_of_another_machine();
  if (moved_) say(pass_, "WARNING: devices file is of another machine: devices are looked for by their PVs.");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    device::DevicesEntry& entry = entries[i];
    const device::Device* device = paths_[i].empty() ? nullptr : pass_.world.find_device(paths_[i]);
    if (paths_[i].empty()) {
      if ((entry.type == "devname" || moved_) && !entry.pv_id.empty())
        lost.push_back(i);
      else
        gone_.insert(i);
      continue;
    }
    if (!device) continue;  // filtered or unreadable: said elsewhere
    const world::PvDevice* pv = pv_on(*device);
    std::string id(pv ? pv->id.plain() : std::string_view());
    if (!entry.pv_id.empty() && id != entry.pv_id && ambiguous(*device, entry)) {
      lost.push_back(i);
      continue;
    }
    if (entry.dev_name != device->path || (!id.empty() && entry.pv_id != id)) changed_ = true;
    entry.dev_name = device->path;
    if (!id.empty()) entry.pv_id = id;
  }
  for (std::size_t i : lost)
    if (const device::Device* device = paths_[i].empty() ? nullptr : pass_.world.find_device(paths_[i]))
      take_back(*device, entries[i]);
  return search(lost);
}

// Whether what is listed may be another device than this one: names move, and some drives share a serial number.
bool ListedScan::ambiguous(const device::Device& device, const device::DevicesEntry& entry) {
  if (entry.type == "devname") return true;
  auto is_twin = [&](const device::Device& other) {
    return other.path != device.path && device::matches(entry, listed_.ids(other));
  };
  return entry.type == "sys_serial" &&
         (std::ranges::any_of(unlisted_, is_twin) || std::ranges::any_of(pass_.world.devices, is_twin));
}

// devices/search_for_devnames: "auto" leaves out those that have an id of their own and would be listed by it. Files
// behind loop devices are no such ids: they come under another number each time.
bool ListedScan::worth_a_look(const device::Device& device) {
  if (filters_.reject(device)) return false;
  if (pass_.config.string("devices/search_for_devnames") == "all") return true;
  return listed_.ids(device).all.front().type == "devname" || listed_.ids(device).all.front().type == "loop_file";
}

namespace {

std::string search_text(const std::vector<std::string>& pv_ids, const std::vector<const device::Device*>& places) {
  std::uint32_t ids = kCrcInitial, devices = kCrcInitial;
  auto add = [](std::uint32_t& crc, const std::string& text) {
    crc = crc32(std::as_bytes(std::span(text.data(), text.size())), crc);
  };
  for (const std::string& id : pv_ids) add(ids, id);
  for (const device::Device* device : places) {
    add(devices, device->path);
    add(devices, fmt::format("{}:{}", device->number.major, device->number.minor));
  }
  return fmt::format("pvids: {} {}\ndevs: {} {}\n", pv_ids.size(), ids, places.size(), devices);
}

}  // namespace

Result<std::vector<device::Device>> ListedScan::search(const std::vector<std::size_t>& lost) {
  std::vector<device::Device> out;
  std::vector<const device::Device*> places;
  std::vector<device::DevicesEntry>& entries = listed_.file().entries;
  auto is_of_a_serial = [&](const device::Device& device) {
    return std::ranges::any_of(lost, [&](std::size_t i) {
      return entries[i].type == "sys_serial" && device::matches(entries[i], listed_.ids(device));
    });
  };
  bool by_name = std::ranges::any_of(lost, [&](std::size_t i) { return entries[i].type == "devname"; }) &&
                 pass_.config.string("devices/search_for_devnames") != "none";
  for (const device::Device& device : unlisted_)
    if ((by_name && worth_a_look(device)) || is_of_a_serial(device) || (moved_ && !filters_.reject(device)))
      places.push_back(&device);
  std::vector<std::string> wanted;
  for (std::size_t i : lost) wanted.push_back(entries[i].pv_id);
  const std::string searched = search_text(wanted, places);
  if (!places.empty())
    if (auto before = pass_.system.files.read(kSearchedDevnames); before && *before == searched) places.clear();
  std::vector<device::HeadRead> reads;
  for (const device::Device* device : places) reads.push_back({.device = device, .length = kHeadSize});
  pass_.system.io.read_heads(reads);
  std::set<std::size_t> still(lost.begin(), lost.end());
  for (const device::HeadRead& read : reads) {
    if (read.error) continue;
    ondisk::LabelScan scan = ondisk::find_label(read.data);
    auto header = scan.label ? ondisk::read_pv_header(read.data, *scan.label)
                             : Result<ondisk::PvHeader>(std::unexpected(Error(Code::not_found, "")));
    if (!header) continue;
    auto entry = std::ranges::find_if(lost, [&](std::size_t i) { return entries[i].pv_id == header->id.plain(); });
    if (entry == lost.end()) continue;
    device::DevicesEntry& row = entries[*entry];
    bool known = row.type == "devname" || moved_ || device::matches(row, listed_.ids(*read.device));
    if (!known || !still.erase(*entry)) continue;
    out.push_back(*read.device);
    if (moved_) {  // known by what it is called here
      listed_.mark_new(out.back());
      row.type = out.back().id_type;
      row.name = out.back().id_name;
      row.part = listed_.ids(*read.device).part;
    } else if (row.type == "devname") {
      row.name = read.device->path;
    }
    row.dev_name = paths_[*entry] = read.device->path;
    changed_ = true;
    ListedDevices::mark(out.back(), row);
  }
  // In vain. Who may not write there searches again.
  if (still.size() == lost.size() && !places.empty())
    static_cast<void>(pass_.system.files.replace(kSearchedDevnames, searched, 0600));
  for (std::size_t i : still) {
    paths_[i].clear();
    gone_.insert(i);
  }
  std::erase_if(unlisted_, [&](const device::Device& device) {
    return std::ranges::any_of(out, [&](const device::Device& found) { return found.path == device.path; });
  });
  return out;
}

void ListedScan::finish() {
  for (std::size_t i : gone_)
    say(pass_, fmt::format("Devices file {} not found.", describe_entry(listed_.file().entries[i])));
  for (device::Device& device : unlisted_)
    pass_.world.rejected.push_back({std::move(device), std::string(device::kUnlistedReason)});
  // Those that were found by their PVs came last.
  std::ranges::stable_sort(pass_.world.devices, {}, &device::Device::number);
  std::ranges::stable_sort(pass_.world.pvs, {}, [](const world::PvDevice& pv) { return pv.device.number; });
  // As long as something is missing it may still be found.
  if (moved_ && gone_.empty()) {
    device::DevicesFile& file = listed_.file();
    file.product_uuid = product_uuid(pass_.system.files);
    file.host_name = file.product_uuid.empty() ? pass_.world.host.name : std::string();
    changed_ = true;
  }
  pass_.world.devices_file_update.reset();
  if (changed_) pass_.world.devices_file_update = std::make_shared<device::DevicesFile>(listed_.file());
}

}  // namespace lvm::scan
