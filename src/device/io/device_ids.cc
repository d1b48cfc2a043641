// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/io/device_ids.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace lvm::device {
namespace {

// Blanks, quotes and what cannot be printed would not survive in a line of words.
std::string cleaned(std::string_view text) {
  std::string out;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    bool bad = byte <= 0x20 || byte >= 0x7f || c == '"' || c == '\'';
    out += bad ? '_' : c;
  }
  return out;
}

std::string_view without_ends(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && (std::isspace(static_cast<unsigned char>(text.back())) || text.back() == '\0'))
    text.remove_suffix(1);
  return text;
}

// "00 25 38 b1" and "002538b1-..." alike.
std::string hex_digits(std::string_view text) {
  std::string out;
  for (char c : text)
    if (std::isxdigit(static_cast<unsigned char>(c))) out += static_cast<char>(std::tolower(c));
  return out;
}

class Finder {
 public:
  Finder(const Sysfs& sysfs, const Device& device) : sysfs_(sysfs), device_(device) {}

  DeviceIds find() {
    if (device_.partition)
      out_.part = static_cast<std::uint32_t>(sysfs_.number(device_.number, "partition").value_or(0));
    of_device_mapper();
    of_software();
    of_drive();
    out_.all.push_back({"devname", device_.path});
    return std::move(out_);
  }

 private:
  // Of the whole device when this is a partition.
  std::optional<std::string> attribute(std::string_view name) const {
    return sysfs_.attribute(device_.number, (device_.partition ? "../" : "") + std::string(name));
  }
  void add(std::string type, const std::optional<std::string>& text) {
    if (!text) return;
    std::string_view id = without_ends(*text);
    if (id.empty()) return;
    DeviceId found{std::move(type), cleaned(id)};
    if (std::ranges::find(out_.all, found) == out_.all.end()) out_.all.push_back(std::move(found));
  }

  void of_device_mapper() {
    const std::string& uuid = device_.dm_uuid;
    if (uuid.starts_with("mpath-")) add("mpath_uuid", uuid);
    if (uuid.starts_with("CRYPT-")) add("crypt_uuid", uuid);
    if (uuid.starts_with("LVM-")) add("lvmlv_uuid", uuid);
  }
  void of_software() {
    add("md_uuid", attribute("md/uuid"));
    auto file = attribute("loop/backing_file");
    if (file && !file->ends_with(" (deleted)")) add("loop_file", file);
  }
  void of_drive() {
    auto wwid = attribute("device/wwid");
    if (!wwid) wwid = attribute("wwid");
    // The same for every disk of that make.
    bool worthless = wwid && (wwid->find("QEMU HARDDISK") != std::string::npos);
    if (!worthless) add("sys_wwid", wwid);
    if (auto page = attribute("device/vpd_pg83"))
      for (const DeviceId& id : ids_in_vpd83(std::as_bytes(std::span(*page)))) add(id.type, id.name);
    of_namespace();
    auto serial = attribute("device/serial");
    if (auto page = attribute("device/vpd_pg80"); !serial && page && page->size() > 4) serial = page->substr(4);
    if (!serial) serial = attribute("serial");
    add("sys_serial", serial);
  }

  // NVMe: all that the namespace is known by; its wwid is the best of them.
  void of_namespace() {
    if (!attribute("nsid")) return;
    constexpr std::size_t kEui64Digits = 16, kNguidDigits = 32;
    auto add_id = [this](const char* type, const char* prefix, const std::string& id) {
      if (id.find_first_not_of("0-") != std::string::npos) add(type, prefix + id);
    };
    std::string eui = hex_digits(attribute("eui").value_or("")), nguid = hex_digits(attribute("nguid").value_or(""));
    if (eui.size() == kEui64Digits) add_id("nvme_eui64", "eui.", eui);
    if (nguid.size() == kNguidDigits) add_id("nvme_nguid", "eui.", nguid);
    add_id("nvme_uuid", "uuid.", std::string(without_ends(attribute("uuid").value_or(""))));
  }

  const Sysfs& sysfs_;
  const Device& device_;
  DeviceIds out_;
};

}  // namespace

std::vector<DeviceId> ids_in_vpd83(std::span<const std::byte> page) {
  std::vector<DeviceId> out;
  auto byte = [&](std::size_t at) { return std::to_integer<std::size_t>(page[at]); };
  if (page.size() < 4 || byte(1) != 0x83) return out;
  std::size_t end = std::min(page.size(), 4 + (byte(2) << 8 | byte(3)));
  for (std::size_t at = 4; at + 4 <= end;) {
    std::size_t length = byte(at + 3);
    if (at + 4 + length > end) break;
    auto name = page.subspan(at + 4, length);
    bool of_unit = (byte(at + 1) & 0x30) == 0;
    std::uint8_t type = byte(at + 1) & 0x0f;
    std::string hex;
    for (std::byte b : name) hex += fmt::format("{:02x}", static_cast<std::uint8_t>(b));
    if (of_unit && type == 3) out.push_back({"wwid_naa", "naa." + hex});
    if (of_unit && type == 2) out.push_back({"wwid_eui", "eui." + hex});
    if (of_unit && type == 1)
      out.push_back({"wwid_t10", "t10." + std::string(reinterpret_cast<const char*>(name.data()), name.size())});
    at += 4 + length;
  }
  return out;
}

DeviceIds read_device_ids(const Sysfs& sysfs, const Device& device) {
  if (device.image) return {{{"devname", device.path}}, 0};
  return Finder(sysfs, device).find();
}

}  // namespace lvm::device
