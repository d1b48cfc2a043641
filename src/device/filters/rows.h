// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/files.h"
#include "device/filters/regex.h"
#include "device/io.h"
#include "dm/engine.h"

// The filters' own header: what they know, and the table of them.
namespace lvm::device {

// What the settings and the machine say, once per scan.
struct FilterContext {
  explicit FilterContext(dm::Engine& the_engine) : engine(the_engine) {}

  dm::Engine& engine;
  Files* files = nullptr;
  RegexFilter filter, global_filter;
  bool preferred_names = false;  // the settings say which names are shown
  // Partitions per device of each major number that may carry PVs; nullopt when it is not known.
  std::optional<std::map<std::uint32_t, std::uint32_t>> majors;
  Bytes minimum_size;
  bool scan_lvs = false;
  bool ignore_suspended = false;
  bool ignore_mirrors = true;
  bool multipath_components = true;
  std::set<std::string, std::less<>> multipath_wwids;  // as multipathd writes them
  bool md_components = true;
  bool md_check_always_end = false, md_check_never_end = false;
  bool firmware_raid = false;

  // 1 for devices that cannot have partitions.
  std::uint32_t partitions_of(const Device& device) const {
    if (!majors) return 16;
    auto row = majors->find(device.number.major);
    return row == majors->end() ? 1 : row->second;
  }
};

struct FilterSubject {
  const Device& device;
  std::span<const std::byte> head;  // empty for filters that need no content

  std::uint16_t le16_at(std::size_t offset) const;
  std::uint32_t le32_at(std::size_t offset) const;
};

bool filter_regex(const FilterContext& context, const FilterSubject& subject);
bool filter_type(const FilterContext& context, const FilterSubject& subject);
bool filter_own_volume(const FilterContext& context, const FilterSubject& subject);
bool filter_usable(const FilterContext& context, const FilterSubject& subject);
bool filter_multipath(const FilterContext& context, const FilterSubject& subject);
bool filter_multipath_wwid(const FilterContext& context, const FilterSubject& subject);
bool filter_partitions(const FilterContext& context, const FilterSubject& subject);
bool filter_md_running(const FilterContext& context, const FilterSubject& subject);
bool filter_size(const FilterContext& context, const FilterSubject& subject);
bool filter_partition_table(const FilterContext& context, const FilterSubject& subject);
bool filter_signature(const FilterContext& context, const FilterSubject& subject);
bool filter_md_superblock(const FilterContext& context, const FilterSubject& subject);
bool filter_firmware_raid(const FilterContext& context, const FilterSubject& subject);

// The lines of /etc/multipath/wwids: "/3600508b4.../".
std::set<std::string, std::less<>> parse_multipath_wwids(std::string_view text);
// A wwid of sysfs as multipathd writes it: the kind of id is a digit in front; empty when it is of another kind.
std::string multipath_wwid(std::string_view sysfs_wwid);

bool is_md_member_at_end(Bytes size, Handle& handle);

struct FilterRow {
  std::string_view name;    // as LVM2 calls it in verbose output
  std::string_view reason;  // completes "Cannot use DEVICE: "
  bool needs_content;
  bool (*rejects)(const FilterContext& context, const FilterSubject& subject);
};

inline constexpr std::string_view kMdComponentReason = "device is an md component";

// Asked in this order; the first that rejects gives the reason.
inline constexpr std::array kFilters = {
    FilterRow{"regex", "device is rejected by filter config", false, filter_regex},
    FilterRow{"type", "device type is unknown", false, filter_type},
    FilterRow{"lv", "device is an LV", false, filter_own_volume},
    FilterRow{"multipath", "device is a multipath component", false, filter_multipath},
    FilterRow{"multipath wwid", "device is a multipath component", false, filter_multipath_wwid},
    FilterRow{"partitions", "device is partitioned", false, filter_partitions},
    FilterRow{"md running", kMdComponentReason, false, filter_md_running},
    FilterRow{"size", "device is too small (pv_min_size)", false, filter_size},
    FilterRow{"usable", "device is not in a usable state", false, filter_usable},
    FilterRow{"partitioned", "device is partitioned", true, filter_partition_table},
    FilterRow{"signature", "device has a signature", true, filter_signature},
    FilterRow{"md", kMdComponentReason, true, filter_md_superblock},
    FilterRow{"fwraid", "device is fwraid component", true, filter_firmware_raid},
};

consteval bool filter_names_are_unique() {
  for (std::size_t i = 0; i < kFilters.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (kFilters[i].name == kFilters[j].name) return false;
  return true;
}
static_assert(filter_names_are_unique());

}  // namespace lvm::device
