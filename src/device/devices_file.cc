// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/devices_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/crc.h"
#include "base/id.h"

namespace lvm::device {
namespace {

constexpr std::array kKinds = {
    IdKind{"mpath_uuid"},      IdKind{"crypt_uuid"}, IdKind{"lvmlv_uuid"},       IdKind{"md_uuid"},
    IdKind{"loop_file"},       IdKind{"sys_wwid"},   IdKind{"wwid_naa", true},   IdKind{"wwid_eui", true},
    IdKind{"wwid_t10", true},  IdKind{"sys_serial"}, IdKind{"nvme_eui64", true}, IdKind{"nvme_nguid", true},
    IdKind{"nvme_uuid", true}, IdKind{"devname"},
};

template <class Work>
void for_each_line(std::string_view text, Work work) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::size_t end = std::min(text.find('\n'), text.size());
    work(text.substr(0, end), number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// "." stands for nothing.
std::string value_of(std::string_view text) { return text == "." ? std::string() : std::string(text); }

std::optional<std::uint32_t> number_of(std::string_view text) {
  std::uint32_t out = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

class Reader {
 public:
  Reader(const std::string& path, DevicesFile& out) : path_(path), out_(out) {}

  void line(std::string_view text, std::size_t number) {
    text = trimmed(text);
    number_ = number;
    if (text.empty()) return;
    if (text.front() == '#') {
      comment(text);
      return;
    }
    if (text.find_first_of(std::string_view("\0\x7f", 2)) != std::string_view::npos) return problem("is no text");
    hash_ = crc32(std::as_bytes(std::span(text)), hash_);
    if (take(text, "SYSTEMID=", out_.system_id) || take(text, "PRODUCT_UUID=", out_.product_uuid) ||
        take(text, "HOSTNAME=", out_.host_name) || take(text, "REFRESH_UNTIL=", out_.refresh_until))
      return;
    if (text.starts_with("VERSION=")) return version(text.substr(8));
    if (text.starts_with("IDTYPE=") || text.find(" IDTYPE=") != std::string_view::npos) return entry(text);
    problem("is neither a device nor a heading");
  }

  void end() {
    // HASH=0 asks for no comparison.
    if (out_.hash) out_.hash_differs = *out_.hash != 0 && *out_.hash != hash_;
    out_.damaged = !has_version_ && out_.entries.empty();
  }

 private:
  static bool take(std::string_view text, std::string_view key, std::string& value) {
    if (!text.starts_with(key)) return false;
    value = value_of(text.substr(key.size()));
    return true;
  }

  void problem(std::string_view what) { out_.problems.push_back(fmt::format("{}, line {}: {}", path_, number_, what)); }

  void comment(std::string_view text) {
    std::size_t at = text.find("HASH=");
    if (at != std::string_view::npos) out_.hash = number_of(trimmed(text.substr(at + 5)));
  }

  void version(std::string_view text) {
    std::size_t last = text.rfind('.');
    auto counter = last == std::string_view::npos ? std::nullopt : number_of(text.substr(last + 1));
    if (!counter) return problem("has a version that is no MAJOR.MINOR.COUNT");
    has_version_ = true;
    out_.counter = *counter;
    if (!text.starts_with("1.")) problem(fmt::format("says version {}, which is newer than this program", text));
  }

  // Ids may hold anything but blanks; keys come in any order.
  void entry(std::string_view text) {
    DevicesEntry out;
    out.line = number_;
    bool bad = false;
    while (!(text = trimmed(text)).empty()) {
      std::size_t end = std::min(text.find_first_of(" \t"), text.size());
      std::string_view word = text.substr(0, end);
      text.remove_prefix(end);
      if (take(word, "IDTYPE=", out.type) || take(word, "IDNAME=", out.name) || take(word, "DEVNAME=", out.dev_name))
        continue;
      if (word.starts_with("PVID=")) {
        out.pv_id = value_of(word.substr(5));
        if (!out.pv_id.empty() && (out.pv_id.size() != Uuid::kLength || !Uuid::parse(out.pv_id))) bad = true;
      } else if (word.starts_with("PART=")) {
        auto part = number_of(word.substr(5));
        if (!part) bad = true;
        out.part = part.value_or(0);
      } else if (word.find('=') != std::string_view::npos) {
        out.rest += fmt::format(" {}", word);
      } else {
        bad = true;
      }
    }
    if (bad || out.type.empty()) return problem("does not describe a device");
    if (out.name.empty() && out.dev_name.empty() && out.pv_id.empty())
      return problem("describes a device by nothing at all");
    out_.entries.push_back(std::move(out));
  }

  const std::string& path_;
  DevicesFile& out_;
  std::size_t number_ = 0;
  std::uint32_t hash_ = kCrcInitial;
  bool has_version_ = false;
};

std::string or_dot(const std::string& text) { return text.empty() ? "." : text; }

}  // namespace

bool DevicesEntry::known_type() const { return find_id_kind(type) != nullptr; }

DevicesEntry* DevicesFile::find_pv(std::string_view pv_id) {
  auto found = std::ranges::find_if(entries, [&](const DevicesEntry& entry) { return entry.pv_id == pv_id; });
  return found == entries.end() || pv_id.empty() ? nullptr : &*found;
}

DevicesEntry* DevicesFile::find_id(std::string_view type, std::string_view name, std::uint32_t part) {
  auto found = std::ranges::find_if(entries, [&](const DevicesEntry& entry) {
    return entry.type == type && entry.part == part && same_id(entry.name, name);
  });
  return found == entries.end() ? nullptr : &*found;
}

DevicesFile parse_devices_file(std::string_view text, const std::string& path) {
  DevicesFile out;
  if (text.size() > kLongestDevicesFile) {
    out.problems.push_back(fmt::format("{}: has {} bytes, which is no devices file", path, text.size()));
    out.damaged = true;
    return out;
  }
  Reader reader(path, out);
  for_each_line(text, [&](std::string_view line, std::size_t number) { reader.line(line, number); });
  reader.end();
  return out;
}

std::string write_devices_file(const DevicesFile& file, std::string_view created) {
  std::string body;
  auto heading = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) body += fmt::format("{}={}\n", key, value);
  };
  heading("SYSTEMID", file.system_id);
  heading("PRODUCT_UUID", file.product_uuid);
  heading("HOSTNAME", file.host_name);
  heading("REFRESH_UNTIL", file.refresh_until);
  body += fmt::format("VERSION=1.1.{}\n", file.counter);
  for (const DevicesEntry& entry : file.entries) {
    body += fmt::format("IDTYPE={} IDNAME={} DEVNAME={} PVID={}", entry.type, or_dot(entry.name),
                        or_dot(entry.dev_name), or_dot(entry.pv_id));
    if (entry.part != 0) body += fmt::format(" PART={}", entry.part);
    body += entry.rest + "\n";
  }
  std::string out = "# LVM uses devices listed in this file.\n";
  out += fmt::format("# Created by LVM command {}\n", created);
  if (file.hash) {
    std::uint32_t hash = kCrcInitial;
    for_each_line(body,
                  [&](std::string_view line, std::size_t) { hash = crc32(std::as_bytes(std::span(line)), hash); });
    out += fmt::format("# HASH={}\n", hash);
  }
  return out + body;
}

void count_write(DevicesFile& file) { ++file.counter; }

std::span<const IdKind> id_kinds() { return kKinds; }

const IdKind* find_id_kind(std::string_view name) {
  auto found = std::ranges::find(kKinds, name, &IdKind::name);
  return found == kKinds.end() ? nullptr : &*found;
}

bool same_id(std::string_view a, std::string_view b) {
  auto plain = [](std::string_view text) {
    std::string out;
    for (char c : text) {
      bool gap = c == '_' || c == ' ';
      if (gap && (out.empty() || out.back() == '_')) continue;
      out += gap ? '_' : c;
    }
    if (out.ends_with('_')) out.pop_back();
    return out;
  };
  return a == b || plain(a) == plain(b);
}

bool matches(const DevicesEntry& entry, const DeviceIds& ids) {
  if (entry.name.empty() || entry.part != ids.part) return false;
  return std::ranges::any_of(ids.all, [&](const DeviceId& id) {
    // A wwid from sysfs may be any of those that the drive itself lists.
    bool of_drive = id.type.starts_with("wwid_") || id.type.starts_with("nvme_");
    bool same_kind = id.type == entry.type || (entry.type == "sys_wwid" && of_drive);
    return same_kind && same_id(id.name, entry.name);
  });
}

bool valid_devices_file_name(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+=@";
  return !name.empty() && name.front() != '.' && name.size() < 128 &&
         name.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace lvm::device
