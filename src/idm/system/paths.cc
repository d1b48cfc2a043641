// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/system/paths.h"

#include <fmt/format.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "idm/system/small_file.h"

namespace lvm::idm {
namespace {

// Deeper than any stack of devices that works.
constexpr int kMostLevels = 32;

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::optional<std::string> real_path(const std::string& path) {
  std::unique_ptr<char, void (*)(void*)> out(::realpath(path.c_str(), nullptr), ::free);
  if (!out) return std::nullopt;
  return std::string(out.get());
}

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool all_zero(std::span<const std::uint8_t> bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

// Hexadecimal digits with dashes, blanks or a line end between them.
std::optional<DriveId> eui_of_text(std::string_view text) {
  std::string digits;
  for (char c : text)
    if (c != '-' && c != ' ' && c != '\n') digits += c;
  auto id = DriveId::parse("eui." + digits);
  if (!id || all_zero(id->bytes)) return std::nullopt;
  return id;
}

}  // namespace

std::optional<DriveId> drive_id_of_page(std::span<const std::uint8_t> page) {
  if (page.size() < 4 || page[1] != 0x83) return std::nullopt;
  const std::size_t end = std::min<std::size_t>(page.size(), 4u + (std::size_t{page[2]} << 8 | page[3]));
  std::optional<DriveId> best;
  const auto better = [&](const DriveId& id) {
    if (!best) return true;
    if (id.kind != best->kind) return id.kind == DriveId::Kind::naa;
    return id.bytes.size() > best->bytes.size();
  };
  for (std::size_t at = 4; at + 4 <= end;) {
    const std::size_t length = page[at + 3];
    if (at + 4 + length > end) break;
    const bool binary = (page[at] & 0x0F) == 1, of_unit = (page[at + 1] & 0x30) == 0;
    const unsigned type = page[at + 1] & 0x0F;
    const auto bytes = page.subspan(at + 4, length);
    at += 4 + length;
    if (!binary || !of_unit || (type != 2 && type != 3) || all_zero(bytes)) continue;
    DriveId id{type == 3 ? DriveId::Kind::naa : DriveId::Kind::eui, {bytes.begin(), bytes.end()}};
    if (DriveId::parse(id.text()) && better(id)) best = std::move(id);
  }
  return best;
}

std::optional<DriveId> drive_id_of_nvme(std::string_view nguid, std::string_view eui) {
  if (auto id = eui_of_text(nguid)) return id;
  return eui_of_text(eui);
}

std::optional<DriveId> SystemPaths::drive_of_folder(const std::string& folder) const {
  if (auto page = read_small_file(folder + "/device/vpd_pg83"))
    return drive_id_of_page({reinterpret_cast<const std::uint8_t*>(page->data()), page->size()});
  auto nguid = read_small_file(folder + "/nguid"), eui = read_small_file(folder + "/eui");
  if (nguid || eui) return drive_id_of_nvme(nguid.value_or(""), eui.value_or(""));
  return std::nullopt;
}

Result<std::vector<DrivePath>> SystemPaths::list() const {
  std::vector<DrivePath> out;
  for (const std::string& name : TRY(list_folder(sys_ + "/block"))) {
    const std::string folder = sys_ + "/block/" + name;
    // With native multipath, the single paths of an NVMe drive are hidden behind one device.
    if (read_small_file(folder + "/hidden").value_or("0").starts_with('1')) continue;
    auto drive = drive_of_folder(folder);
    if (!drive) continue;
    DrivePath path{*std::move(drive), name, dev_ + "/" + name, DrivePath::Kind::nvme};
    if (exists(folder + "/device/vpd_pg83")) {
      path.kind = DrivePath::Kind::scsi;
      // The sg node, where there is one: waiting in it can be interrupted, waiting in the disk's cannot.
      if (auto generic = real_path(folder + "/device/generic"); generic && exists(dev_ + "/" + last_part(*generic)))
        path.node = dev_ + "/" + last_part(*generic);
    }
    out.push_back(std::move(path));
  }
  return out;
}

Result<> SystemPaths::collect(const std::string& folder, int depth, std::vector<DriveId>& out) const {
  if (depth > kMostLevels) return fail(Code::corrupt, folder + ": devices are stacked without end");
  if (exists(folder + "/partition")) return collect(folder.substr(0, folder.rfind('/')), depth + 1, out);
  if (auto below = list_folder(folder + "/slaves"); below && !below->empty()) {
    for (const std::string& name : *below) {
      auto real = real_path(folder + "/slaves/" + name);
      if (!real) return fail(Code::not_found, fmt::format("{}: its part {} has gone", last_part(folder), name));
      TRY(collect(*real, depth + 1, out));
    }
    return {};
  }
  auto drive = drive_of_folder(folder);
  if (!drive)
    return fail(Code::unsupported,
                fmt::format("{}: the device has no world-wide name (NAA, EUI or NGUID) by which all hosts know it",
                            last_part(folder)));
  if (std::ranges::find(out, *drive) == out.end()) out.push_back(*std::move(drive));
  return {};
}

Result<std::vector<DriveId>> SystemPaths::below(std::uint32_t major, std::uint32_t minor) const {
  const std::string link = fmt::format("{}/dev/block/{}:{}", sys_, major, minor);
  auto folder = real_path(link);
  if (!folder) return fail(Code::not_found, fmt::format("the kernel knows no block device {}:{}", major, minor));
  std::vector<DriveId> out;
  TRY(collect(*folder, 0, out));
  return out;
}

Result<std::vector<DriveId>> SystemPaths::below(const std::string& device) const {
  struct stat info;
  if (::stat(device.c_str(), &info) != 0) return fail_errno(device, errno);
  if (!S_ISBLK(info.st_mode)) return fail(Code::usage, device + " is not a block device");
  auto out = below(major(info.st_rdev), minor(info.st_rdev));
  if (!out) out.error().add_context("looking for the drives below " + device);
  return out;
}

std::optional<DriveId> SystemPaths::behind_node(bool character, std::uint32_t major, std::uint32_t minor) const {
  return drive_of_folder(fmt::format("{}/dev/{}/{}:{}", sys_, character ? "char" : "block", major, minor));
}

}  // namespace lvm::idm
