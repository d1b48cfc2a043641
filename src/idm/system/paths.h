// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "idm/ids.h"

// Which drives this machine sees, through which paths, and which drives lie below a block device. Read from
// sysfs only: no drive is asked anything, so nothing here waits for a dead one.
namespace lvm::idm {

struct DrivePath {
  enum class Kind : std::uint8_t { scsi, nvme };
  DriveId drive;
  std::string name;  // "sda"
  std::string node;  // where commands go: "/dev/sg0", "/dev/nvme0n1"
  Kind kind = Kind::scsi;
  friend bool operator==(const DrivePath&, const DrivePath&) = default;
};

// The drive's own name in the device identification page (VPD 83h): of the logical unit, NAA before EUI, the
// longer before the shorter.
std::optional<DriveId> drive_id_of_page(std::span<const std::uint8_t> page);
// NVMe: "nguid" and "eui" as sysfs prints them. Zero is none; the NGUID counts first.
std::optional<DriveId> drive_id_of_nvme(std::string_view nguid, std::string_view eui);

class SystemPaths {
 public:
  explicit SystemPaths(std::string sys_root = "/sys", std::string dev_root = "/dev")
      : sys_(std::move(sys_root)), dev_(std::move(dev_root)) {}

  // Every path to a drive that has a name of its own, in the order of device names.
  Result<std::vector<DrivePath>> list() const;

  // The drives below a disk, a partition, or anything stacked on them (device-mapper, md), each once. All of
  // them: an error when one has no name, because a lock needs every vote.
  Result<std::vector<DriveId>> below(const std::string& device) const;
  Result<std::vector<DriveId>> below(std::uint32_t major, std::uint32_t minor) const;

  // Who answers at an open node: its device number, and whether it is a character device.
  std::optional<DriveId> behind_node(bool character, std::uint32_t major, std::uint32_t minor) const;

 private:
  std::optional<DriveId> drive_of_folder(const std::string& folder) const;
  Result<> collect(const std::string& folder, int depth, std::vector<DriveId>& out) const;

  std::string sys_, dev_;
};

}  // namespace lvm::idm
