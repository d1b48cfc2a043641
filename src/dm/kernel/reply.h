// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "dm/types.h"

// What the driver writes back, read with every offset and string checked: the layout is that of
// linux/dm-ioctl.h. A reply is the whole buffer, header included; data begins at the header's data_start.
namespace lvm::dm {

struct ReplyHeader {
  std::uint32_t version[3] = {0, 0, 0};
  std::uint32_t flags = 0;
  std::size_t data_start = 0;
  Info info;
};
Result<ReplyHeader> parse_header(std::span<const std::byte> reply);

// Lines of DM_TABLE_STATUS; `params` are the table's or the status', as asked.
Result<std::vector<StatusLine>> parse_targets(std::span<const std::byte> reply);
// DM_LIST_DEVICES. `have_flags`: the driver was asked for UUIDs and is new enough to list them.
Result<std::vector<ListEntry>> parse_names(std::span<const std::byte> reply, bool have_flags);
Result<std::vector<TargetVersion>> parse_versions(std::span<const std::byte> reply);
Result<std::vector<DeviceNumber>> parse_dependencies(std::span<const std::byte> reply);
// The text a target answered a message with; empty when it answered nothing.
Result<std::string> parse_message(std::span<const std::byte> reply);

// The driver's 64-bit form of a device number: minor bits 0-7 and 20-31, major bits 8-19.
constexpr std::uint64_t encode_device(DeviceNumber device) {
  return (device.minor & 0xff) | (static_cast<std::uint64_t>(device.major) << 8) |
         (static_cast<std::uint64_t>(device.minor & ~0xffu) << 12);
}
constexpr DeviceNumber decode_device(std::uint64_t device) {
  return {static_cast<std::uint32_t>((device >> 8) & 0xfff),
          static_cast<std::uint32_t>((device & 0xff) | ((device >> 12) & 0xfff00))};
}

}  // namespace lvm::dm
