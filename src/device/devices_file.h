// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "device/io.h"

// /etc/lvm/devices/system.devices: which devices LVM uses, by what they are and not by what they are called today.
// Format: docs/formats/files.md. Pure: text to values and back.
namespace lvm::device {

struct DevicesEntry {
  std::string type;      // "sys_wwid"; types of newer versions are kept
  std::string name;      // the id; empty: none known
  std::string dev_name;  // where it was seen last
  std::string pv_id;     // 32 characters; empty: no PV there
  std::uint32_t part = 0;
  std::string rest;      // words of newer versions, written back
  std::size_t line = 0;  // where it stands; 0: not read from a file
  bool known_type() const;
  friend bool operator==(const DevicesEntry&, const DevicesEntry&) = default;
};

struct DevicesFile {
  std::uint32_t counter = 0;  // of the last write: VERSION=1.1.N
  std::string system_id;      // SYSTEMID=
  // Lines that newer versions add: which machine it was written on, and for how long they look for changed ids.
  std::string product_uuid, host_name, refresh_until;
  std::optional<std::uint32_t> hash;  // HASH= of the comment, over all other lines
  bool hash_differs = false;          // edited by hand
  std::vector<DevicesEntry> entries;
  std::vector<std::string> problems;  // "FILE, line N: ...": lines that could not be understood
  // Neither a version nor an entry: cut off, or something else altogether. Nothing that could restrict devices.
  bool damaged = false;
  friend bool operator==(const DevicesFile&, const DevicesFile&) = default;

  DevicesEntry* find_pv(std::string_view pv_id);
  DevicesEntry* find_id(std::string_view type, std::string_view name, std::uint32_t part);
};

// Completes "Cannot use /dev/sda: ".
inline constexpr std::string_view kUnlistedReason = "device is not in devices file";
inline constexpr std::size_t kLongestDevicesFile = 8u << 20;

// Never fails on content; a text that is too long or no text at all is damaged.
DevicesFile parse_devices_file(std::string_view text, const std::string& path);

// What is written. `created` completes "# Created by LVM command ".
std::string write_devices_file(const DevicesFile& file, std::string_view created);

// The file as commands write it next: the count goes up by one.
void count_write(DevicesFile& file);

// The kinds of ids, best first. `newer`: only releases behind 2.03.16 write and understand them.
struct IdKind {
  std::string_view name;
  bool newer = false;
};
std::span<const IdKind> id_kinds();
const IdKind* find_id_kind(std::string_view name);

// Releases have written blanks and underscores of ids in different ways: one id nevertheless.
bool same_id(std::string_view a, std::string_view b);

// Whether the entry stands for a device with these ids.
bool matches(const DevicesEntry& entry, const DeviceIds& ids);

// A file name without a path, as --devicesfile takes it.
bool valid_devices_file_name(std::string_view name);

}  // namespace lvm::device
