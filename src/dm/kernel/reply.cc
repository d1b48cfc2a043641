// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/kernel/reply.h"

#include <fmt/format.h>
#include <linux/dm-ioctl.h>

#include <array>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/units.h"

namespace lvm::dm {

static_assert(sizeof(dm_target_versions) == 16 && sizeof(dm_target_spec) == 40 && sizeof(dm_ioctl) == 312);

namespace {

std::unexpected<Error> damaged(std::string_view what) {
  return fail(Code::corrupt, fmt::format("The device-mapper driver's reply makes no sense: {}.", what));
}

// A struct of the interface at `offset`, if it lies within the reply.
template <class T>
std::optional<T> struct_at(std::span<const std::byte> reply, std::size_t offset) {
  if (offset > reply.size() || reply.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, reply.data() + offset, sizeof(T));
  return value;
}

// The NUL-terminated string at `offset`; nullopt when the NUL is not within the reply.
std::optional<std::string_view> string_at(std::span<const std::byte> reply, std::size_t offset) {
  if (offset >= reply.size()) return std::nullopt;
  auto* begin = reinterpret_cast<const char*>(reply.data()) + offset;
  auto* end = static_cast<const char*>(std::memchr(begin, '\0', reply.size() - offset));
  if (end == nullptr) return std::nullopt;
  return std::string_view(begin, end);
}

template <std::size_t N>
std::string text_of(const char (&field)[N]) {
  return std::string(field, strnlen(field, N));
}

}  // namespace

Result<ReplyHeader> parse_header(std::span<const std::byte> reply) {
  auto raw = struct_at<dm_ioctl>(reply, 0);
  if (!raw) return damaged("it is shorter than its header");
  ReplyHeader header;
  std::memcpy(header.version, raw->version, sizeof header.version);
  header.flags = raw->flags;
  header.data_start = raw->data_start;
  header.info.name = text_of(raw->name);
  header.info.uuid = text_of(raw->uuid);
  header.info.device = decode_device(raw->dev);
  header.info.open_count = raw->open_count;
  header.info.event_number = raw->event_nr;
  header.info.target_count = raw->target_count;
  header.info.suspended = (raw->flags & DM_SUSPEND_FLAG) != 0;
  header.info.read_only = (raw->flags & DM_READONLY_FLAG) != 0;
  header.info.live_table = (raw->flags & DM_ACTIVE_PRESENT_FLAG) != 0;
  header.info.inactive_table = (raw->flags & DM_INACTIVE_PRESENT_FLAG) != 0;
  return header;
}

Result<std::vector<StatusLine>> parse_targets(std::span<const std::byte> reply) {
  auto header = TRY(parse_header(reply));
  std::vector<StatusLine> lines;
  std::size_t offset = header.data_start;
  for (std::uint32_t i = 0; i < header.info.target_count; ++i) {
    auto spec = struct_at<dm_target_spec>(reply, offset);
    if (!spec) return damaged("a target lies beyond its end");
    auto params = string_at(reply, offset + sizeof(dm_target_spec));
    if (!params) return damaged("a target's text does not end");
    lines.push_back(
        {Sectors(spec->sector_start), Sectors(spec->length), text_of(spec->target_type), std::string(*params)});
    // Relative to the first target.
    auto next = header.data_start + spec->next;
    if (i + 1 < header.info.target_count && next < offset + sizeof(dm_target_spec)) return damaged("targets overlap");
    offset = next;
  }
  return lines;
}

Result<std::vector<ListEntry>> parse_names(std::span<const std::byte> reply, bool have_flags) {
  auto header = TRY(parse_header(reply));
  std::vector<ListEntry> entries;
  constexpr std::size_t kNameOffset = offsetof(dm_name_list, name);
  std::size_t offset = header.data_start;
  for (;;) {
    auto device = struct_at<std::uint64_t>(reply, offset);
    auto next = struct_at<std::uint32_t>(reply, offset + sizeof(std::uint64_t));
    if (!device || !next) return damaged("a device lies beyond its end");
    if (*device == 0 && entries.empty()) return entries;
    auto name = string_at(reply, offset + kNameOffset);
    if (!name) return damaged("a device's name does not end");
    ListEntry entry;
    entry.name = *name;
    entry.device = decode_device(*device);
    if (have_flags) {
      // Behind the name, at the next multiple of 8: event number, flags, UUID.
      auto extra = round_up(offset + kNameOffset + name->size() + 1, 8);
      auto flags = struct_at<std::uint32_t>(reply, extra + 4);
      if (!flags) return damaged("a device's flags lie beyond its end");
      entry.have_uuid = (*flags & (DM_NAME_LIST_FLAG_HAS_UUID | DM_NAME_LIST_FLAG_DOESNT_HAVE_UUID)) != 0;
      if (*flags & DM_NAME_LIST_FLAG_HAS_UUID) {
        auto uuid = string_at(reply, extra + 8);
        if (!uuid) return damaged("a device's UUID does not end");
        entry.uuid = *uuid;
      }
    }
    entries.push_back(std::move(entry));
    if (*next == 0) return entries;
    if (*next < kNameOffset + name->size() + 1) return damaged("devices overlap");
    offset += *next;
  }
}

Result<std::vector<TargetVersion>> parse_versions(std::span<const std::byte> reply) {
  auto header = TRY(parse_header(reply));
  std::vector<TargetVersion> versions;
  std::size_t offset = header.data_start;
  for (;;) {
    // struct dm_target_versions: next, version[3], name.
    auto raw = struct_at<std::array<std::uint32_t, 4>>(reply, offset);
    auto name = string_at(reply, offset + sizeof(dm_target_versions));
    if (!raw || !name) return damaged("a target version lies beyond its end");
    auto [next, major, minor, patch] = *raw;
    versions.push_back({std::string(*name), major, minor, patch});
    if (next == 0) return versions;
    if (next < sizeof(dm_target_versions) + name->size() + 1) return damaged("target versions overlap");
    offset += next;
  }
}

Result<std::vector<DeviceNumber>> parse_dependencies(std::span<const std::byte> reply) {
  auto header = TRY(parse_header(reply));
  auto count = struct_at<std::uint32_t>(reply, header.data_start);
  if (!count) return damaged("the dependencies lie beyond its end");
  std::vector<DeviceNumber> devices;
  std::size_t offset = header.data_start + sizeof(dm_target_deps);
  for (std::uint32_t i = 0; i < *count; ++i, offset += sizeof(std::uint64_t)) {
    auto device = struct_at<std::uint64_t>(reply, offset);
    if (!device) return damaged("a dependency lies beyond its end");
    devices.push_back(decode_device(*device));
  }
  return devices;
}

Result<std::string> parse_message(std::span<const std::byte> reply) {
  auto header = TRY(parse_header(reply));
  if (!(header.flags & DM_DATA_OUT_FLAG)) return std::string();
  auto text = string_at(reply, header.data_start);
  if (!text) return damaged("the answer to a message does not end");
  return std::string(*text);
}

}  // namespace lvm::dm
