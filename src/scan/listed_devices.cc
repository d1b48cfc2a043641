// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scan/listed_devices.h"

#include <fmt/format.h>

#include <algorithm>

namespace lvm::scan {

Result<std::string> devices_file_path(const config::Config& config, const Request& request) {
  // --devices names what counts.
  if (!request.only_devices.empty()) return std::string();
  std::string folder = config.system_dir() + "/devices/";
  if (request.devices_file) {
    if (request.devices_file->empty()) return std::string();
    if (!device::valid_devices_file_name(*request.devices_file)) return fail(Code::usage, "Invalid devices file name.");
    return folder + *request.devices_file;
  }
  if (!config.flag("devices/use_devicesfile")) return std::string();
  std::string name = config.string("devices/devicesfile");
  if (!device::valid_devices_file_name(name))
    return fail(Code::usage, fmt::format("Invalid devices file name \"{}\" in devices/devicesfile.", name));
  return folder + name;
}

std::string devices_backup_directory(const std::string& path) { return path.substr(0, path.rfind('/')) + "/backup"; }

namespace {

// The newest that can be read.
std::optional<device::DevicesFile> last_backup(Files& files, const std::string& path) {
  std::string folder = devices_backup_directory(path);
  auto listed = files.list(folder);
  if (!listed) return std::nullopt;
  std::string prefix = path.substr(path.rfind('/') + 1) + "-";
  std::vector<std::string> names;
  for (const std::string& name : *listed)
    if (name.starts_with(prefix)) names.push_back(name);
  std::ranges::sort(names, std::greater());
  for (const std::string& name : names) {
    std::string backup = fmt::format("{}/{}", folder, name);
    auto text = files.read(backup);
    if (!text) continue;
    device::DevicesFile file = device::parse_devices_file(*text, backup);
    if (file.damaged || file.entries.empty()) continue;
    file.problems.push_back(fmt::format("{}: its last backup {} is used instead", path, backup));
    return file;
  }
  return std::nullopt;
}

}  // namespace

Result<device::DevicesFile> load_devices_file(System& system, const std::string& path) {
  std::string text = TRY(system.files.read(path));
  device::DevicesFile file = device::parse_devices_file(text, path);
  if (!file.damaged) return file;
  std::vector<std::string> problems = std::move(file.problems);
  if (problems.empty()) problems.push_back(path + ": holds neither a version nor a device");
  if (auto backup = last_backup(system.files, path)) {
    file = *std::move(backup);
  } else {
    problems.push_back(path +
                       ": is not used, and no backup of it is there: devices are not restricted (lvmdevices "
                       "--adddev, vgimportdevices make a new one)");
  }
  file.problems.insert(file.problems.begin(), problems.begin(), problems.end());
  return file;
}

const device::DeviceIds& ListedDevices::ids(const device::Device& device) {
  auto [at, fresh] = ids_.try_emplace(device.path);
  if (fresh) at->second = io_.ids(device);
  return at->second;
}

std::vector<std::optional<std::size_t>> ListedDevices::match(const std::vector<device::Device>& devices) {
  std::vector<std::optional<std::size_t>> out(file_.entries.size());
  std::vector<bool> taken(devices.size());
  auto try_device = [&](std::size_t entry, std::size_t at) {
    if (taken[at] || out[entry] || !device::matches(file_.entries[entry], ids(devices[at]))) return;
    out[entry] = at;
    taken[at] = true;
  };
  // Where each was seen last: mostly it still is there, and no other device has to be asked.
  for (std::size_t entry = 0; entry < out.size(); ++entry) {
    const device::DevicesEntry& row = file_.entries[entry];
    auto same_name = [&](const device::Device& device) {
      return device.path == row.dev_name || std::ranges::find(device.aliases, row.dev_name) != device.aliases.end();
    };
    auto device = std::ranges::find_if(devices, same_name);
    if (device != devices.end()) try_device(entry, static_cast<std::size_t>(device - devices.begin()));
  }
  for (std::size_t entry = 0; entry < out.size(); ++entry) {
    if (out[entry] || !file_.entries[entry].known_type()) continue;
    if (file_.entries[entry].type == "devname") {  // by any of its names
      auto named = std::ranges::find_if(devices, [&](const device::Device& device) {
        return device.path == file_.entries[entry].name ||
               std::ranges::find(device.aliases, file_.entries[entry].name) != device.aliases.end();
      });
      std::size_t at = static_cast<std::size_t>(named - devices.begin());
      if (named != devices.end() && !taken[at]) {
        out[entry] = at;
        taken[at] = true;
      }
      continue;
    }
    for (std::size_t at = 0; at < devices.size() && !out[entry]; ++at) try_device(entry, at);
  }
  return out;
}

void ListedDevices::mark(device::Device& device, const device::DevicesEntry& entry) {
  device.id_type = entry.type;
  device.id_name = entry.name;
}

void ListedDevices::mark_new(device::Device& device) {
  for (const device::DeviceId& id : ids(device).all) {
    if (device::find_id_kind(id.type)->newer) continue;  // releases up to 2.03.16 would not know it
    device.id_type = id.type;
    device.id_name = id.name;
    return;
  }
}

std::string describe_entry(const device::DevicesEntry& entry) {
  std::string out;
  if (entry.type != "devname") out = fmt::format("{} {} ", entry.type, entry.name);
  out += fmt::format("PVID {}", entry.pv_id.empty() ? "none" : entry.pv_id);
  if (!entry.dev_name.empty()) out += fmt::format(" last seen on {}", entry.dev_name);
  return out;
}

}  // namespace lvm::scan
