// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <utility>

#include "device/filters/rows.h"
#include "device/signatures.h"

// Devices that are parts of others. The kernel knows parts of what is running.
namespace lvm::device {

bool filter_multipath(const FilterContext& context, const FilterSubject& subject) {
  return context.multipath_components && subject.device.multipath_component;
}

std::set<std::string, std::less<>> parse_multipath_wwids(std::string_view text) {
  std::set<std::string, std::less<>> out;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::size_t last = line.rfind('/');
    if (line.size() > 2 && line.front() == '/' && last > 1) out.emplace(line.substr(1, last - 1));
  }
  return out;
}

std::string multipath_wwid(std::string_view sysfs_wwid) {
  constexpr std::pair<std::string_view, char> kKinds[] = {{"naa.", '3'}, {"eui.", '2'}, {"t10.", '1'}};
  for (auto [prefix, digit] : kKinds) {
    if (!sysfs_wwid.starts_with(prefix)) continue;
    std::string out(1, digit);
    for (char c : sysfs_wwid.substr(prefix.size())) {
      bool blank = c == ' ' || c == '\t';
      // Runs of blanks in a vendor's name become one underscore.
      if (blank && out.back() == '_') continue;
      out += blank ? '_' : c;
    }
    while (out.size() > 1 && out.back() == '_') out.pop_back();
    return out;
  }
  return {};
}

// A path of a multipath device that is not set up yet: multipathd remembers its wwid.
bool filter_multipath_wwid(const FilterContext& context, const FilterSubject& subject) {
  const Device& device = subject.device;
  if (!context.multipath_components || context.multipath_wwids.empty() || !context.files) return false;
  if (device.image || !device.dm_uuid.empty()) return false;
  std::string folder = "/sys/dev/block/" + std::to_string(device.number.major) + ':' +
                       std::to_string(device.number.minor) + (device.partition ? "/.." : "");
  for (const char* attribute : {"/device/wwid", "/wwid"})
    if (auto text = context.files->read(folder + attribute)) {
      std::string_view wwid = *text;
      while (!wwid.empty() && (wwid.back() == '\n' || wwid.back() == ' ')) wwid.remove_suffix(1);
      return context.multipath_wwids.contains(multipath_wwid(wwid));
    }
  return false;
}

bool filter_partitions(const FilterContext&, const FilterSubject& subject) { return subject.device.partitioned; }

bool filter_md_running(const FilterContext& context, const FilterSubject& subject) {
  return context.md_components && subject.device.md_component;
}

bool filter_size(const FilterContext& context, const FilterSubject& subject) {
  return subject.device.size && subject.device.size < context.minimum_size;
}

// "isw_raid_member", "ddf_raid_member"...: metadata at places of their own, which libblkid knows.
bool filter_firmware_raid(const FilterContext& context, const FilterSubject& subject) {
  if (!context.firmware_raid) return false;
  auto signatures = find_signatures(subject.device);
  if (!signatures) return false;
  for (const Signature& signature : *signatures)
    if (signature.type.ends_with("_raid_member") && signature.type != "linux_raid_member") return true;
  return false;
}

}  // namespace lvm::device
