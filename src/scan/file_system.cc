// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scan/file_system.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "base/endian.h"
#include "device/signatures.h"

namespace lvm::scan {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> out;
  while (!line.empty()) {
    std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    if (end > 0) out.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return out;
}

template <class Work>
void for_each_line(std::string_view text, Work work) {
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    work(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// Blanks and backslashes stand as three octal digits in /proc.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto octal = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && octal(i + 1) && octal(i + 2) && octal(i + 3)) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

// What mount(8) takes again: what the kernel says of itself it does not.
std::string mount_options(std::string_view own, std::string_view of_file_system) {
  std::string out;
  for (std::string_view options : {own, of_file_system}) {
    while (!options.empty()) {
      std::size_t end = std::min(options.find(','), options.size());
      std::string_view option = options.substr(0, end);
      options.remove_prefix(std::min(end + 1, options.size()));
      // Its own "ro" or "rw" has been said; the file system may be writable elsewhere.
      bool said = !out.empty() && (option == "rw" || option == "ro");
      if (said || option == "seclabel" || ("," + out + ",").find(fmt::format(",{},", option)) != std::string::npos)
        continue;
      out += fmt::format("{}{}", out.empty() ? "" : ",", option);
    }
  }
  return out;
}

template <class Integer>
Integer number_at(std::span<const std::byte> bytes, std::size_t offset) {
  Integer out{};
  std::memcpy(&out, bytes.data() + offset, sizeof out);
  return out;
}

Result<std::vector<std::byte>> bytes_at(device::Handle& handle, std::uint64_t offset, std::size_t length) {
  std::vector<std::byte> out(length);
  if (handle.size() < Bytes(offset + length)) return fail(Code::corrupt, "a file system ends within its first bytes");
  TRY(handle.read(Bytes(offset), out));
  return out;
}

// Where the superblock says that the file system ends. Public formats: ext4, XFS and btrfs documentation of the
// kernel, mkswap(8).
Result<> read_end(device::Handle& handle, world::FileSystem& out) {
  if (out.type == "ext2" || out.type == "ext3" || out.type == "ext4") {
    std::vector<std::byte> block = TRY(bytes_at(handle, 1024, 1024));
    std::uint64_t count = number_at<le32>(block, 0x4).get();
    std::uint32_t size_bits = number_at<le32>(block, 0x18).get(), incompatible = number_at<le32>(block, 0x60).get();
    constexpr std::uint32_t k64Bit = 0x80;
    if (incompatible & k64Bit) count |= static_cast<std::uint64_t>(number_at<le32>(block, 0x150).get()) << 32;
    if (size_bits > 6) return fail(Code::corrupt, out.path + ": the ext superblock has an impossible block size.");
    out.end = Bytes(count * (1024u << size_bits));
  } else if (out.type == "xfs") {
    std::vector<std::byte> block = TRY(bytes_at(handle, 0, 512));  // big-endian
    std::uint64_t count = 0, size = 0;
    for (std::size_t i = 4; i < 8; ++i) size = size << 8 | static_cast<std::uint8_t>(block[i]);
    for (std::size_t i = 8; i < 16; ++i) count = count << 8 | static_cast<std::uint8_t>(block[i]);
    out.end = Bytes(count * size);
  } else if (out.type == "btrfs") {
    std::vector<std::byte> block = TRY(bytes_at(handle, 65536, 4096));
    out.parts = static_cast<std::uint32_t>(number_at<le64>(block, 0x88).get());
    out.id = static_cast<std::uint32_t>(number_at<le64>(block, 0xc9).get());
    out.end = Bytes(number_at<le64>(block, 0xd1).get());
  } else if (out.type == "swap") {
    std::vector<std::byte> block = TRY(bytes_at(handle, 1024, 64));
    constexpr std::uint64_t kPage = 4096;
    out.end = Bytes((number_at<le32>(block, 4).get() + std::uint64_t{1}) * kPage);
    for (std::size_t i = 12; i < 28; ++i) {
      if (i == 16 || i == 18 || i == 20 || i == 22) out.uuid += '-';
      out.uuid += fmt::format("{:02x}", static_cast<std::uint8_t>(block[i]));
    }
    for (std::size_t i = 28; i < 44 && block[i] != std::byte{}; ++i) out.label += static_cast<char>(block[i]);
  }
  return {};
}

// The content of one device, without what stands on it.
Result<world::FileSystem> content(System& system, const device::Device& device) {
  world::FileSystem out;
  out.path = device.path;
  out.device = device.number;
  std::vector<device::Signature> found = TRY(system.io.signatures(device));
  for (const device::Signature& signature : found)
    if (!signature.partition_table && out.type.empty()) {
      out.type = signature.type;
      out.block_size = signature.block_size;
    }
  std::unique_ptr<device::Handle> handle = TRY(system.io.open(device, device::Access::read));
  out.device_size = handle->size();
  TRY(read_end(*handle, out));

  std::vector<std::string> names = device.aliases;
  names.push_back(device.path);
  names.push_back(fmt::format("/dev/dm-{}", device.number.minor));
  if (auto mounts = system.files.read("/proc/self/mountinfo")) out.mounts = mounts_in(*mounts, device.number, names);
  if (auto swaps = system.files.read("/proc/swaps"))
    for_each_line(*swaps, [&](std::string_view line) {
      auto words = words_of(line);
      if (!words.empty() && std::ranges::find(names, unescape(words[0])) != names.end()) out.swapped_on = true;
    });
  return out;
}

// A crypt line: cipher, key, IV offset, device, offset in sectors, options.
std::optional<Bytes> crypt_offset(const dm::Table& table) {
  if (table.size() != 1) return std::nullopt;
  const auto* target = std::get_if<dm::OtherTarget>(&table[0].body);
  if (!target || target->type != "crypt") return std::nullopt;
  auto words = words_of(target->params);
  if (words.size() < 5) return std::nullopt;
  return to_bytes(Sectors(std::strtoull(std::string(words[4]).c_str(), nullptr, 10)));
}

// The open dm-crypt device on the volume, if there is one.
Result<std::optional<std::pair<dm::Info, Bytes>>> open_encryption(System& system, const device::Device& volume) {
  for (dm::DeviceNumber holder : system.io.holders(volume)) {
    std::optional<dm::Info> info = TRY(system.dm.info(holder));
    if (!info || !info->uuid.starts_with("CRYPT-")) continue;
    dm::Table table = TRY(system.dm.table(info->uuid));
    if (auto offset = crypt_offset(table)) return std::pair(*info, *offset);
  }
  return std::nullopt;
}

}  // namespace

std::vector<world::FileSystem::Mount> mounts_in(const std::string& mountinfo, dm::DeviceNumber device,
                                                const std::vector<std::string>& names) {
  std::vector<world::FileSystem::Mount> out;
  std::string number = fmt::format("{}:{}", device.major, device.minor);
  // "36 35 98:0 /root /point options [tag...] - type source superoptions" (proc(5)).
  for_each_line(mountinfo, [&](std::string_view line) {
    auto words = words_of(line);
    auto dash = std::ranges::find(words, std::string_view("-"));
    if (words.size() < 6 || words.end() - dash < 4) return;
    bool named = std::ranges::find(names, unescape(dash[2])) != names.end();
    if (words[2] != number && !named) return;
    out.push_back({unescape(words[4]), mount_options(words[5], dash[3]), words[3] == "/"});
  });
  return out;
}

Result<world::FileSystem> file_system(System& system, const device::Device& volume) {
  world::FileSystem out = TRY(content(system, volume));
  if (out.type != "crypto_LUKS") return out;
  std::optional<std::pair<dm::Info, Bytes>> open = TRY(open_encryption(system, volume));
  if (!open) {
    out.encryption.emplace();
    return out;
  }
  device::Device inner;
  inner.path = "/dev/mapper/" + open->first.name;
  inner.number = open->first.device;
  out = TRY(content(system, inner));
  out.encryption = {open->first.name, open->second};
  return out;
}

}  // namespace lvm::scan
