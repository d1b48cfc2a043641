// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/hints.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/crc.h"

namespace lvm::device {
namespace {

constexpr std::string_view kMajorVersion = "2.";

std::string joined(const std::vector<std::string>& patterns) {
  std::string out;
  for (const std::string& pattern : patterns) out += pattern;
  return out;
}

// "KEY" and what follows it on this line; false when the line begins otherwise.
bool take(std::string_view& line, std::string_view key) {
  if (!line.starts_with(key)) return false;
  line.remove_prefix(key.size());
  return true;
}

template <class Number>
bool take_number(std::string_view& line, Number& out) {
  auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), out);
  if (error != std::errc()) return false;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  return true;
}

// "scan:/dev/sdb pvid:ID devn:8:16 vg:NAME" behind its "scan:". Names of devices have no blanks.
std::optional<Hint> parse_hint(std::string_view line) {
  Hint out;
  std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos || blank == 0) return std::nullopt;
  out.path = line.substr(0, blank);
  line.remove_prefix(blank);
  if (!take(line, " pvid:")) return std::nullopt;
  out.pv_id = line.substr(0, line.find(' '));
  constexpr std::size_t kIdSize = 32;
  if (out.pv_id.size() != kIdSize) return std::nullopt;
  line.remove_prefix(kIdSize);
  if (!take(line, " devn:") || !take_number(line, out.number.major) || !take(line, ":") ||
      !take_number(line, out.number.minor) || !take(line, " vg:") || line.empty())
    return std::nullopt;
  if (line != "-") out.vg = line;
  return out;
}

// LVM2 keeps devices in the order of their numbers' bytes, the last byte of the minor number first.
auto hash_order(const Device& device) {
  std::uint32_t minor = device.number.minor, major = device.number.major;
  return std::tuple(minor & 0xff, major & 0xff, (major >> 8 & 0xf) | (minor >> 4 & 0xf0), minor >> 12);
}

}  // namespace

HintSettings hint_settings(const config::Config& config, const std::string& devices_file) {
  return {joined(config.strings("devices/global_filter")), joined(config.strings("devices/filter")),
          config.flag("devices/scan_lvs"), devices_file};
}

DevicesHash devices_hash(std::span<const Device> devices) {
  std::vector<const Device*> ordered;
  for (const Device& device : devices) ordered.push_back(&device);
  std::ranges::sort(ordered, {}, [](const Device* device) { return hash_order(*device); });
  DevicesHash out{kCrcInitial, static_cast<std::uint32_t>(devices.size())};
  for (const Device* device : ordered)
    out.hash = crc32(std::as_bytes(std::span(device->path.data(), device->path.size())), out.hash);
  return out;
}

std::string write_hints(const Hints& hints, std::string_view created) {
  std::string out = fmt::format(
      "# Created by {}\nhints_version: {}1\nglobal_filter:{}\nfilter:{}\nscan_lvs:{}\ndevices_file:{}\n", created,
      kMajorVersion, hints.settings.global_filter, hints.settings.filter, hints.settings.scan_lvs ? 1 : 0,
      hints.settings.devices_file.empty() ? "." : hints.settings.devices_file);
  for (const Hint& hint : hints.hints)
    out += fmt::format("scan:{} pvid:{} devn:{}:{} vg:{}\n", hint.path, hint.pv_id, hint.number.major,
                       hint.number.minor, hint.vg.empty() ? "-" : hint.vg);
  return out + fmt::format("devs_hash: {} {}\n", hints.devices.hash, hints.devices.count);
}

std::string write_empty_hints(std::string_view created, std::string_view info) {
  std::string out = fmt::format("# Created empty by {}\n", created);
  if (!info.empty()) out += fmt::format("# info: {}\n", info);
  return out;
}

std::optional<Hints> parse_hints(std::string_view text) {
  Hints out;
  bool versioned = false, hashed = false;
  while (!text.empty()) {
    std::size_t end = text.find('\n');
    // Written in one piece: a line without an end is a torn one.
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    if (take(line, "hints_version: ")) {
      if (!line.starts_with(kMajorVersion)) return std::nullopt;
      versioned = true;
    } else if (take(line, "global_filter:")) {
      out.settings.global_filter = line;
    } else if (take(line, "filter:")) {
      out.settings.filter = line;
    } else if (take(line, "scan_lvs:")) {
      out.settings.scan_lvs = line == "1";
    } else if (take(line, "devices_file:")) {
      if (line != ".") out.settings.devices_file = line;
    } else if (take(line, "scan:")) {
      auto hint = parse_hint(line);
      if (!hint) return std::nullopt;
      out.hints.push_back(*std::move(hint));
    } else if (take(line, "devs_hash: ")) {
      if (!take_number(line, out.devices.hash) || !take(line, " ") || !take_number(line, out.devices.count))
        return std::nullopt;
      hashed = true;
    }
  }
  if (!versioned || !hashed || out.hints.empty()) return std::nullopt;
  return out;
}

}  // namespace lvm::device
