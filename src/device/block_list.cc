// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/block_list.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace lvm::device {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The disk's name when `name` has the form of a partition's; else empty.
std::string_view disk_of(std::string_view name) {
  std::size_t end = name.size();
  while (end > 0 && is_digit(name[end - 1])) --end;
  if (end == name.size() || end == 0) return {};
  if (name[end - 1] == 'p' && end >= 2 && is_digit(name[end - 2])) return name.substr(0, end - 1);
  return name.substr(0, end);
}

std::string_view next_word(std::string_view& line) {
  std::size_t start = line.find_first_not_of(' ');
  if (start == std::string_view::npos) return line = {};
  std::size_t end = std::min(line.find(' ', start), line.size());
  std::string_view word = line.substr(start, end - start);
  line.remove_prefix(end);
  return word;
}

template <class Number>
bool parse_number(std::string_view word, Number& out) {
  auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out);
  return error == std::errc() && end == word.data() + word.size();
}

}  // namespace

std::vector<BlockDevice> parse_partitions(std::string_view text) {
  std::vector<BlockDevice> out;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    BlockDevice device;
    std::uint64_t kibibytes = 0;
    if (!parse_number(next_word(line), device.number.major)) continue;
    if (!parse_number(next_word(line), device.number.minor)) continue;
    if (!parse_number(next_word(line), kibibytes) || kibibytes == 0) continue;
    device.kernel_name = next_word(line);
    device.size = Bytes(kibibytes * 1024);
    if (!device.kernel_name.empty()) out.push_back(std::move(device));
  }
  return out;
}

void finish_list(std::vector<BlockDevice>& devices) {
  std::ranges::sort(devices, {}, &BlockDevice::number);
  std::unordered_map<std::string_view, BlockDevice*> by_name;
  for (BlockDevice& device : devices) by_name.emplace(device.kernel_name, &device);
  for (BlockDevice& device : devices)
    if (auto disk = by_name.find(disk_of(device.kernel_name)); disk != by_name.end()) {
      disk->second->partitioned = true;
      device.disk = disk->second->number;
    }
}

std::vector<BlockDevice> list_block_devices(const std::string& proc_root, const Sysfs& sysfs) {
  std::vector<BlockDevice> devices;
  if (auto text = read_small_file(proc_root + "/partitions")) {
    devices = parse_partitions(*text);
  } else {
    for (dm::DeviceNumber number : sysfs.all()) {
      auto sectors = sysfs.number(number, "size");
      auto name = sysfs.kernel_name(number);
      if (sectors && *sectors != 0 && name)
        devices.push_back({.number = number, .kernel_name = *name, .size = to_bytes(Sectors(*sectors))});
    }
  }
  finish_list(devices);
  return devices;
}

}  // namespace lvm::device
