// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "dm/text.h"
#include "dm/user/raid/set.h"

// What superblocks and bitmap say when a table goes live.
namespace lvm::dm::user {

Result<> RaidSet::read_superblocks() {
  for (auto& member : members_) {
    member.superblock.reset();
    member.faulty = false;
    member.by_bitmap = false;
    member.recovery_offset = 0;
    if (!member.metadata) continue;
    std::array<std::byte, kSectorSize> sector;
    if (!member.metadata->read(Bytes(), sector)) {
      member.faulty = true;
      continue;
    }
    if (options_.sync == InitialSync::sync) continue;
    member.superblock = TRY(unpack_raid_superblock(sector));
    if (member.rebuild) member.superblock.reset();
  }
  return {};
}

Result<> RaidSet::load() {
  std::lock_guard lock(mutex_);
  has_metadata_ = std::ranges::any_of(members_, [](const auto& member) { return member.metadata.has_value(); });
  TRY(read_superblocks());
  const RaidSuperblock* freshest = nullptr;
  for (const auto& member : members_)
    if (member.superblock && (freshest == nullptr || member.superblock->events > freshest->events))
      freshest = &*member.superblock;
  events_ = events_cleared_ = freshest != nullptr ? std::max<std::uint64_t>(freshest->events, 1) : 0;
  const bool rebuilt = std::ranges::any_of(members_, &RaidMember::rebuild);
  if (freshest != nullptr) {
    TRY(adopt(*freshest));
  } else {
    // A new set. Without superblocks nothing tells which image is the good one.
    if (rebuilt && has_metadata_ && std::ranges::all_of(members_, &RaidMember::rebuild))
      return fail(Code::corrupt, "Every image of the set is to be rebuilt: there is none to rebuild it from.");
    for (auto& member : members_) member.in_sync = member.usable() && !member.rebuild;
    resync_offset_ = options_.sync == InitialSync::nosync || rebuilt ? kRaidDone : 0;
  }
  const auto good = std::ranges::count_if(members_, [](const auto& m) { return m.usable() && m.in_sync; });
  if (good == 0) return fail(Code::io, "No image of the set is there and in sync.");
  TRY(read_bitmap(freshest));
  // What one image has left can differ from nothing; its bits are kept for those that come back.
  if (good == 1) resync_offset_ = kRaidDone;
  return {};
}

Result<> RaidSet::adopt(const RaidSuperblock& freshest) {
  if (freshest.level != 1 || freshest.reshaping || freshest.data_offset != 0)
    return fail(Code::unsupported,
                fmt::format("The superblocks describe level {} (layout 0x{:x}){}: this engine cannot convert it.",
                            freshest.level, freshest.layout, freshest.reshaping ? ", being reshaped" : ""));
  resync_offset_ = options_.sync == InitialSync::nosync ? kRaidDone : freshest.array_resync_offset;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    auto& member = members_[i];
    member.in_sync = false;
    if (!member.usable()) continue;
    if (!member.superblock) {
      if (member.metadata && !member.rebuild)
        return fail(Code::corrupt, fmt::format("Image {} has no superblock, and is not said to be rebuilt.", i));
      continue;
    }
    const auto& superblock = *member.superblock;
    if (freshest.has_failed(superblock.array_position)) {
      member.by_bitmap = true;
    } else if (superblock.disk_recovery_offset == kRaidDone) {
      member.in_sync = true;
    } else {
      member.recovery_offset = std::min(superblock.disk_recovery_offset, options_.sectors);
    }
  }
  // A longer target: the copies of what is new may differ.
  if (freshest.sectors != 0 && freshest.sectors < options_.sectors)
    resync_offset_ = std::min(resync_offset_, freshest.sectors);
  if (resync_offset_ != kRaidDone && resync_offset_ >= options_.sectors) resync_offset_ = kRaidDone;
  return {};
}

Result<> RaidSet::read_bitmap(const RaidSuperblock* freshest) {
  const auto bytes = round_up(kBitmapHeaderSize + (regions() + 7) / 8, kSectorSize);
  image_.assign(bytes, std::byte{0});
  writers_.assign(regions(), 0);
  touched_.assign(regions(), 0);
  needed_.assign(regions(), false);
  for (const auto& member : members_)
    if (member.metadata && member.metadata->length().n < kBitmapStart + bytes)
      return fail(Code::no_space, fmt::format("Metadata device {} is too small for a bitmap of {} regions.",
                                              to_text(member.metadata->number()), regions()));
  std::optional<BitmapHeader> header;
  std::vector<std::byte> bits;
  for (const auto& member : members_) {
    if (freshest == nullptr || !member.usable() || !member.in_sync || !member.metadata) continue;
    std::array<std::byte, kBitmapHeaderSize> head;
    if (!member.metadata->read(Bytes(kBitmapStart), head)) continue;
    header = unpack_bitmap_header(head);
    if (!header) continue;
    const auto count = (header->sync_size + header->region_sectors - 1) / header->region_sectors;
    const auto start = Bytes(kBitmapStart + kBitmapHeaderSize);
    if (count / 8 + 1 > (member.metadata->length() - start).n) header.reset();
    if (!header) continue;
    bits.resize(count / 8 + 1);
    if (member.metadata->read(start, bits)) break;
    header.reset();
  }
  if (header && !header->stale && header->events >= freshest->events) {
    use_bitmap(bits, *header);
  } else {
    // Nothing is known. With nosync nothing needs to be; without a superblock the initial resync does it all.
    const bool all = options_.sync != InitialSync::nosync && !(freshest == nullptr && resync_offset_ == kRaidDone);
    for (std::uint64_t region = 0; all && region < regions(); ++region) set_bit(image_, region, true);
    for (auto& member : members_) member.by_bitmap = false;
  }
  // Copies may differ where bits are set: the kernel writes such a set only when it was stopped in the middle of
  // writes. They are made equal before their bits go.
  for (std::uint64_t region = 0; region < regions(); ++region) {
    if (!bit(region)) continue;
    needed_[region] = true;
    const auto start = region * options_.region_sectors;
    resync_offset_ = std::min(resync_offset_, start);
    // An image that was being rebuilt missed the same writes in the part that it had already.
    for (auto& member : members_)
      if (!member.in_sync) member.recovery_offset = std::min(member.recovery_offset, start);
  }
  if (freshest != nullptr && freshest->sectors != 0 && freshest->sectors < options_.sectors)
    for (auto region = freshest->sectors / options_.region_sectors; region < regions(); ++region) {
      set_bit(image_, region, true);
      needed_[region] = true;
    }
  return {};
}

void RaidSet::use_bitmap(std::span<const std::byte> bits, const BitmapHeader& header) {
  events_cleared_ = header.events_cleared;
  const auto old_regions =
      std::min<std::uint64_t>((header.sync_size + header.region_sectors - 1) / header.region_sectors, bits.size() * 8);
  for (std::uint64_t old = 0; old < old_regions; ++old) {
    if ((std::to_integer<unsigned>(bits[old / 8]) >> (old % 8) & 1) == 0) continue;
    // The region size may be another one now: whatever overlaps counts.
    const auto first = old * header.region_sectors, end = first + header.region_sectors;
    for (auto region = first / options_.region_sectors; region < regions() && region * options_.region_sectors < end;
         ++region)
      set_bit(image_, region, true);
  }
  // The bitmap forgets regions that were written after a member had failed only when it is not degraded.
  for (auto& member : members_)
    if (member.by_bitmap && member.superblock->events < header.events_cleared) member.by_bitmap = false;
}

}  // namespace lvm::dm::user
