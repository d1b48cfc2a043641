// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/partitions.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "base/crc.h"
#include "base/endian.h"

namespace lvm::device {
namespace {

constexpr std::uint64_t kSector = 512;
constexpr std::array<std::uint64_t, 2> kSectorSizes = {512, 4096};
constexpr std::uint8_t kProtective = 0xee;                             // the whole disk belongs to a GUID table
constexpr std::array<std::uint8_t, 3> kExtended = {0x05, 0x0f, 0x85};  // holds a chain of logical partitions
constexpr std::uint32_t kFirstLogical = 5, kMostLogical = 256;         // a bound: chains may be circles
constexpr std::uint32_t kMostEntries = 1024, kLeastEntry = 128, kLargestEntry = 4096;
constexpr std::uint64_t kLargestOffset = std::uint64_t{1} << 62;  // no sum below overflows

struct PcEntryDisk {
  std::uint8_t boot;
  std::array<std::uint8_t, 3> first_chs;
  std::uint8_t type;
  std::array<std::uint8_t, 3> last_chs;
  le32 start, count;
};
static_assert(sizeof(PcEntryDisk) == 16);

struct PcTableDisk {
  std::array<std::uint8_t, 446> code;
  std::array<PcEntryDisk, 4> entries;
  le16 signature;
};
static_assert(sizeof(PcTableDisk) == kSector);

struct GptHeaderDisk {
  std::array<char, 8> magic;
  le32 revision, header_size, header_crc, reserved;
  le64 this_header, other_header, first_usable, last_usable;
  std::array<std::uint8_t, 16> disk_guid;
  le64 entries_at;
  le32 entry_count, entry_size, entries_crc;
};
static_assert(sizeof(GptHeaderDisk) == 92);

struct GptEntryDisk {
  std::array<std::uint8_t, 16> type;
  std::array<std::uint8_t, 16> guid;
  le64 first, last;  // the last sector is inside
};
static_assert(sizeof(GptEntryDisk) == 48);

// CRC-32 as in IEEE 802.3: LVM's with other first and last steps.
std::uint32_t crc_of(std::span<const std::byte> data) { return ~crc32(data, ~std::uint32_t{0}); }

template <class Disk>
Result<Disk> read_value(const ReadAt& read, std::uint64_t offset) {
  std::array<std::byte, sizeof(Disk)> bytes;
  TRY(read(Bytes(offset), bytes));
  Disk value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// Boot sectors of file systems end in the same two bytes, but have other values than 0 and 0x80 in front of the
// entries.
bool is_pc_table(const PcTableDisk& table) {
  if (table.signature.get() != 0xaa55) return false;
  bool any = false;
  for (const PcEntryDisk& entry : table.entries) {
    if (entry.boot != 0 && entry.boot != 0x80) return false;
    any = any || (entry.type != 0 && entry.count.get() != 0);
  }
  return any;
}

bool is_extended(const PcEntryDisk& entry) { return std::ranges::find(kExtended, entry.type) != kExtended.end(); }

Partition partition(std::uint32_t number, std::uint64_t start, std::uint64_t count) {
  return {number, Bytes(start * kSector), Bytes(count * kSector)};
}

// Each link of the chain has one logical partition, relative to the link, and the next link, relative to the
// extended partition.
void add_logical(const ReadAt& read, Bytes size, std::uint64_t extended, std::vector<Partition>& out) {
  std::uint64_t link = extended;
  for (std::uint32_t number = kFirstLogical; number < kFirstLogical + kMostLogical; ++number) {
    if (link * kSector + kSector > size.n) return;
    auto table = read_value<PcTableDisk>(read, link * kSector);
    if (!table || table->signature.get() != 0xaa55) return;
    const PcEntryDisk& own = table->entries[0];
    const PcEntryDisk& next = table->entries[1];
    if (own.type != 0 && own.count.get() != 0)
      out.push_back(partition(number, link + own.start.get(), own.count.get()));
    if (!is_extended(next) || next.count.get() == 0) return;
    link = extended + next.start.get();
  }
}

std::vector<Partition> pc_partitions(const ReadAt& read, Bytes size, const PcTableDisk& table) {
  std::vector<Partition> out, logical;
  for (std::uint32_t i = 0; i < table.entries.size(); ++i) {
    const PcEntryDisk& entry = table.entries[i];
    if (entry.type == 0 || entry.count.get() == 0) continue;
    if (is_extended(entry))
      add_logical(read, size, entry.start.get(), logical);
    else
      out.push_back(partition(i + 1, entry.start.get(), entry.count.get()));
  }
  out.insert(out.end(), logical.begin(), logical.end());
  return out;
}

// The table whose header is at `offset`; nullopt when there is none or its checksums are wrong.
std::optional<std::vector<Partition>> gpt_at(const ReadAt& read, Bytes size, std::uint64_t offset,
                                             std::uint64_t sector) {
  if (offset > size.n || size.n - offset < sector) return std::nullopt;
  std::vector<std::byte> bytes(sector);
  if (!read(Bytes(offset), bytes)) return std::nullopt;
  GptHeaderDisk header;
  std::memcpy(&header, bytes.data(), sizeof header);
  std::uint32_t length = header.header_size.get();
  if (std::memcmp(header.magic.data(), "EFI PART", 8) != 0 || length < 92 || length > sector) return std::nullopt;
  std::memset(bytes.data() + offsetof(GptHeaderDisk, header_crc), 0, 4);
  if (crc_of(std::span(bytes).first(length)) != header.header_crc.get()) return std::nullopt;
  std::uint32_t count = header.entry_count.get(), entry_size = header.entry_size.get();
  if (count == 0 || count > kMostEntries || entry_size < kLeastEntry || entry_size > kLargestEntry) return std::nullopt;
  std::uint64_t at = header.entries_at.get();
  if (at > kLargestOffset / sector || at * sector > size.n || size.n - at * sector < std::uint64_t{count} * entry_size)
    return std::nullopt;
  std::vector<std::byte> entries(std::size_t{count} * entry_size);
  if (!read(Bytes(at * sector), entries) || crc_of(entries) != header.entries_crc.get()) return std::nullopt;

  std::vector<Partition> out;
  for (std::uint32_t i = 0; i < count; ++i) {
    GptEntryDisk entry;
    std::memcpy(&entry, entries.data() + std::size_t{i} * entry_size, sizeof entry);
    std::uint64_t first = entry.first.get(), last = entry.last.get();
    bool used = std::ranges::any_of(entry.type, [](std::uint8_t b) { return b != 0; });
    if (!used || last < first || last >= kLargestOffset / sector) continue;
    out.push_back({i + 1, Bytes(first * sector), Bytes((last - first + 1) * sector)});
  }
  return out;
}

}  // namespace

Result<std::vector<Partition>> read_partitions(const ReadAt& read, Bytes size) {
  if (size.n < kSector) return std::vector<Partition>();
  PcTableDisk table = TRY(read_value<PcTableDisk>(read, 0));
  if (!is_pc_table(table)) return std::vector<Partition>();
  bool protective = std::ranges::any_of(table.entries, [](const PcEntryDisk& e) { return e.type == kProtective; });
  if (!protective) return pc_partitions(read, size, table);
  for (std::uint64_t sector : kSectorSizes)
    if (auto found = gpt_at(read, size, sector, sector)) return *std::move(found);
  for (std::uint64_t sector : kSectorSizes)
    if (size.n >= 2 * sector)
      if (auto found = gpt_at(read, size, round_down(size.n, sector) - sector, sector)) return *std::move(found);
  return fail(Code::corrupt,
              "a GUID partition table is announced, but neither of its two copies is sound: repair it, for example "
              "with `sgdisk -e'");
}

}  // namespace lvm::device
