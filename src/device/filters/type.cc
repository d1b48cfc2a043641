// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/filters/type.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "device/filters/rows.h"

namespace lvm::device {
namespace {

// As `lvm devtypes` of LVM2 2.03.16 lists them.
constexpr std::array kTypes = {
    DeviceType{"VxDMP", 16, "Veritas Dynamic Multipathing"},
    DeviceType{"aoe", 16, "ATA over Ethernet"},
    DeviceType{"ataraid", 16, "ATA Raid"},
    DeviceType{"bcache", 1, "bcache block device cache"},
    DeviceType{"blkext", 1, "Extended device partitions"},
    DeviceType{"cciss", 16, "Compaq CCISS array"},
    DeviceType{"dac960", 8, "DAC960"},
    DeviceType{"dasd", 4, "DASD disk (IBM S/390, zSeries)"},
    DeviceType{"device-mapper", 1, "Mapped device"},
    DeviceType{"drbd", 16, "Distributed Replicated Block Device (DRBD)"},
    DeviceType{"emcpower", 16, "EMC Powerpath"},
    DeviceType{"fio", 16, "Fusion IO"},
    DeviceType{"gnbd", 1, "Network block device"},
    DeviceType{"i2o_block", 16, "i2o Block Disk"},
    DeviceType{"ida", 16, "Compaq SMART2"},
    DeviceType{"ide", 64, "IDE disk"},
    DeviceType{"iseries/vd", 8, "iSeries disks"},
    DeviceType{"loop", 1, "Loop device"},
    DeviceType{"md", 1, "Multiple Disk (MD/SoftRAID)"},
    DeviceType{"mdp", 1, "Partitionable MD"},
    DeviceType{"mmc", 16, "MMC block device"},
    DeviceType{"mtip32xx", 16, "Micron PCIe SSD"},
    DeviceType{"nbd", 16, "Network Block Device"},
    DeviceType{"nvme", 64, "NVM Express"},
    DeviceType{"power2", 16, "EMC Powerpath"},
    DeviceType{"ps3disk", 16, "PlayStation 3 internal disk"},
    DeviceType{"ramdisk", 1, "RAM disk"},
    DeviceType{"rbd", 16, "Ceph rados object as a Linux block device"},
    DeviceType{"scm", 8, "Storage Class Memory (IBM S/390)"},
    DeviceType{"sd", 16, "SCSI disk"},
    DeviceType{"skd", 16, "STEC"},
    DeviceType{"ubd", 16, "User-mode virtual block device"},
    DeviceType{"vdisk", 8, "SUN's LDOM virtual block device"},
    DeviceType{"virtblk", 8, "VirtIO disk"},
    DeviceType{"vtms", 16, "Violin Memory"},
    DeviceType{"xvd", 16, "Xen virtual block device"},
    DeviceType{"zvol", 16, "ZFS Zvols"},
};

}  // namespace

std::span<const DeviceType> known_device_types() { return kTypes; }

std::map<std::uint32_t, std::uint32_t> accepted_majors(std::string_view proc_devices,
                                                       std::span<const std::string> extra) {
  std::map<std::string_view, std::uint32_t> wanted;
  for (const DeviceType& type : kTypes) wanted.emplace(type.name, type.partitions);
  for (std::size_t i = 0; i + 1 < extra.size(); i += 2)
    wanted[extra[i]] = static_cast<std::uint32_t>(std::strtoul(extra[i + 1].c_str(), nullptr, 10));

  std::map<std::uint32_t, std::uint32_t> majors;
  std::size_t at = proc_devices.find("Block devices:");
  while (at != std::string_view::npos && at < proc_devices.size()) {
    std::size_t end = std::min(proc_devices.find('\n', at), proc_devices.size());
    std::string_view line = proc_devices.substr(at, end - at);
    at = end + 1;
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    std::uint32_t major = 0;
    auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), major);
    if (error != std::errc() || rest == line.data() + line.size()) continue;
    std::string_view name = line.substr(static_cast<std::size_t>(rest - line.data()) + 1);
    // "ide0" and "ide1" are both of type ide.
    if (name.starts_with("ide") && name.size() == 4) name = name.substr(0, 3);
    if (auto row = wanted.find(name); row != wanted.end()) majors.emplace(major, row->second);
  }
  return majors;
}

bool filter_type(const FilterContext& context, const FilterSubject& subject) {
  return !subject.device.image && context.majors && !context.majors->contains(subject.device.number.major);
}

}  // namespace lvm::device
