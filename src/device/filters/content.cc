// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <array>
#include <cstring>

#include "base/endian.h"
#include "device/filters/rows.h"

// Filters on what stands at the head of a device, or at its end.
namespace lvm::device {
namespace {

template <class LittleEndianType>
auto read_at(std::span<const std::byte> bytes, std::size_t offset) {
  LittleEndianType value{0};
  if (offset + sizeof value <= bytes.size()) std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value.get();
}

bool text_at(std::span<const std::byte> bytes, std::size_t offset, std::string_view text) {
  return offset + text.size() <= bytes.size() && std::memcmp(bytes.data() + offset, text.data(), text.size()) == 0;
}

constexpr std::uint32_t kMdMagic = 0xa92b4efc;  // linux/raid/md_p.h
constexpr std::size_t kGuidOfEntry = 16;

// A GUID partition table with at least one partition. Its header is in sector 1 of either sector size;
// entries that lie outside the head count as there.
bool gpt_has_partitions(std::span<const std::byte> head) {
  for (std::size_t sector : {512u, 4096u}) {
    if (!text_at(head, sector, "EFI PART")) continue;
    std::size_t entries = read_at<le64>(head, sector + 72) * sector;
    std::size_t count = std::min<std::size_t>(read_at<le32>(head, sector + 80), 1024);
    std::size_t size = read_at<le32>(head, sector + 84);
    if (size < 128 || size > 4096 || entries >= head.size()) return true;
    for (std::size_t i = 0; i < count && entries + i * size + kGuidOfEntry <= head.size(); ++i) {
      auto guid = head.subspan(entries + i * size, kGuidOfEntry);
      if (std::ranges::any_of(guid, [](std::byte b) { return b != std::byte{0}; })) return true;
    }
    return false;
  }
  return true;
}

}  // namespace

std::uint16_t FilterSubject::le16_at(std::size_t offset) const { return read_at<le16>(head, offset); }
std::uint32_t FilterSubject::le32_at(std::size_t offset) const { return read_at<le32>(head, offset); }

// A PC partition table with a partition in it. Boot sectors of file systems end in the same two bytes,
// but have other values than 0 and 0x80 in the table's first bytes.
bool filter_partition_table(const FilterContext& context, const FilterSubject& subject) {
  const Device& device = subject.device;
  if (device.image || device.partition || !device.dm_uuid.empty() || context.partitions_of(device) <= 1) return false;
  if (subject.le16_at(510) != 0xaa55) return false;
  bool any = false;
  for (std::size_t entry = 446; entry < 510; entry += 16) {
    auto boot = static_cast<std::uint8_t>(subject.head[entry]);
    auto type = static_cast<std::uint8_t>(subject.head[entry + 4]);
    if (boot != 0 && boot != 0x80) return false;
    if (type == 0xee) return gpt_has_partitions(subject.head);
    any = any || subject.le32_at(entry + 12) != 0;
  }
  return any;
}

// A PV of LVM1: "HM" and version 1 or 2.
bool filter_signature(const FilterContext&, const FilterSubject& subject) {
  return text_at(subject.head, 0, "HM") && (subject.le16_at(2) == 1 || subject.le16_at(2) == 2);
}

// Superblocks of formats 1.1 (at 0) and 1.2 (at 4 KiB).
bool filter_md_superblock(const FilterContext& context, const FilterSubject& subject) {
  if (!context.md_components) return false;
  for (std::size_t offset : {0u, 4096u})
    if (subject.le32_at(offset) == kMdMagic && subject.le32_at(offset + 4) == 1) return true;
  return false;
}

// Format 0.90 is in the last whole 64 KiB but one, 1.0 about 8 KiB before the end, on 4 KiB (md(4)).
bool is_md_member_at_end(Bytes size, Handle& handle) {
  constexpr std::uint64_t k64 = 64u << 10, k8 = 8u << 10;
  if (size.n < 2 * k64) return false;
  std::array<std::byte, 8> head;
  for (std::uint64_t offset : {round_down(size.n, k64) - k64, round_down(size.n - k8, 4096)})
    if (handle.read(Bytes(offset), head) && read_at<le32>(head, 0) == kMdMagic) return true;
  return false;
}

}  // namespace lvm::device
