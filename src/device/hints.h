// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "device/io.h"

// /run/lvm/hints, which LVM2 shares with us: the devices that carried PVs when all were last looked at
// (docs/formats/files.md). It says nothing that cannot be found out anew: whatever is wrong with it, it is not used.
namespace lvm::device {

struct Hint {
  std::string path;
  std::string pv_id;  // without dashes
  dm::DeviceNumber number;
  std::string vg;  // empty: the PV's own metadata names none
  friend bool operator==(const Hint&, const Hint&) = default;
};

// Which devices are looked at: with other settings hints do not count.
struct HintSettings {
  std::string global_filter, filter;  // the patterns one behind the other
  bool scan_lvs = false;
  std::string devices_file;  // empty: none
  friend bool operator==(const HintSettings&, const HintSettings&) = default;
};
HintSettings hint_settings(const config::Config& config, const std::string& devices_file);

// The names of all devices that filters let pass: another disk or another name, and hints do not count.
struct DevicesHash {
  std::uint32_t hash = 0;
  std::uint32_t count = 0;
  friend bool operator==(const DevicesHash&, const DevicesHash&) = default;
};
DevicesHash devices_hash(std::span<const Device> devices);

struct Hints {
  HintSettings settings;
  std::vector<Hint> hints;
  DevicesHash devices;
  friend bool operator==(const Hints&, const Hints&) = default;
};

// `created`: "vgs pid 749 Sat Nov 28 13:41:27 2026", for the first line.
std::string write_hints(const Hints& hints, std::string_view created);
// Hints that hint at nothing, which the next command makes anew. `info` is why, or empty.
std::string write_empty_hints(std::string_view created, std::string_view info);
// nullopt: empty, torn, of another version, or not to be understood.
std::optional<Hints> parse_hints(std::string_view text);

}  // namespace lvm::device
