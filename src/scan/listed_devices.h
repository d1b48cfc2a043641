// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "device/devices_file.h"
#include "scan/scan.h"

// Devices by the devices file: who is meant by its entries.
namespace lvm::scan {

// The file that restricts devices: as --devicesfile or the settings say. Empty: none does.
Result<std::string> devices_file_path(const config::Config& config, const Request& request);

// As it is on disk. Code::not_found when it is not there. What cannot be understood is a problem of the file; one that
// is damaged altogether is replaced by its last backup, when there is one.
Result<device::DevicesFile> load_devices_file(System& system, const std::string& path);

// LVM2 leaves this file when devices known by name were looked for in vain. What was looked for, and where, stands in
// it: the same search is not done twice.
inline constexpr const char* kSearchedDevnames = "/run/lvm/searched_devnames";

// Where backups of the devices file are.
std::string devices_backup_directory(const std::string& path);

// Which device each entry means, by ids alone.
class ListedDevices {
 public:
  ListedDevices(device::Io& io, device::DevicesFile file) : io_(io), file_(std::move(file)) {}

  device::DevicesFile& file() { return file_; }
  // Ids are asked for once.
  const device::DeviceIds& ids(const device::Device& device);
  // For each entry the position of its device; of each device, whether an entry means it.
  std::vector<std::optional<std::size_t>> match(const std::vector<device::Device>& devices);
  // Tells the device how it is known.
  static void mark(device::Device& device, const device::DevicesEntry& entry);
  // The same for one that is not listed: the way it would be.
  void mark_new(device::Device& device);

 private:
  device::Io& io_;
  device::DevicesFile file_;
  std::map<std::string, device::DeviceIds> ids_;  // by path
};

// "loop_file /tmp/x PVID ... last seen on /dev/loop1": what a message calls an entry.
std::string describe_entry(const device::DevicesEntry& entry);

}  // namespace lvm::scan
