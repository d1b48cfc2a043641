// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "dm/targets.h"

// Values of the device-mapper: names, tables, states. No I/O here.
namespace lvm::dm {

struct Target {
  Sectors start, length;
  TargetBody body;
  friend bool operator==(const Target&, const Target&) = default;
};
using Table = std::vector<Target>;

Sectors table_length(const Table& table);

// "linear", "striped", ...: the kernel's name of the target.
std::string_view target_type(const TargetBody& body);

// What DM_TABLE_STATUS and DM_DEV_STATUS say of one device.
struct Info {
  std::string name;
  std::string uuid;
  DeviceNumber device;
  std::int32_t open_count = 0;
  std::uint32_t event_number = 0;
  std::uint32_t target_count = 0;
  bool suspended = false;
  bool read_only = false;
  bool live_table = false;
  bool inactive_table = false;
  friend bool operator==(const Info&, const Info&) = default;
};

// A device and the table it works with.
struct LiveTable {
  Info info;
  std::optional<Table> table;  // none: it cannot be read
};

// One line of DM_TABLE_STATUS in its "status" form.
struct StatusLine {
  Sectors start, length;
  std::string type;
  std::string params;
  friend bool operator==(const StatusLine&, const StatusLine&) = default;
};

// A device and what its targets say.
struct LiveStatus {
  Info info;
  std::vector<StatusLine> lines;  // empty: they cannot be asked
};

struct ListEntry {
  std::string name;
  std::string uuid;  // empty when the kernel does not list uuids and `have_uuid` is false
  bool have_uuid = false;
  DeviceNumber device;
};

struct TargetVersion {
  std::string name;
  std::uint32_t major = 0, minor = 0, patch = 0;
};

// How udev rules are told to treat a device: the upper 16 bits of a cookie (facts: daemons, udev).
struct UdevFlags {
  enum : std::uint16_t {
    disable_dm_rules = 0x01,
    disable_subsystem_rules = 0x02,
    disable_disk_rules = 0x04,
    disable_other_rules = 0x08,
    low_priority = 0x10,
    disable_library_fallback = 0x20,
    primary_source = 0x40,
    subsystem_noscan = 0x100,
  };
  std::uint16_t bits = 0;
  friend bool operator==(const UdevFlags&, const UdevFlags&) = default;
};

// /dev/VG/LV, kept by udev rules, or by the engine itself where no udev runs.
struct NodeLink {
  std::string vg, lv;
  friend bool operator==(const NodeLink&, const NodeLink&) = default;
};

// "1 core"-style helpers on names: hyphens doubled, parts joined by single hyphens.
// device_name("vg-a", "lv", "real") is "vg--a-lv-real"; a layer that begins with '_' is appended bare.
std::string device_name(std::string_view vg, std::string_view lv, std::string_view layer = {});
struct SplitName {
  std::string vg, lv, layer;
  friend bool operator==(const SplitName&, const SplitName&) = default;
};
// The inverse; a name without a single hyphen gives vg only.
SplitName split_device_name(std::string_view name);

}  // namespace lvm::dm
