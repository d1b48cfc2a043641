// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/raid/set.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace lvm::dm::user {

RaidSet::RaidSet(RaidOptions options, std::vector<RaidMember> members)
    : options_(options), members_(std::move(members)) {}

Result<> RaidSet::start() {
  if (options_.read_only) return {};
  std::lock_guard io(bitmap_io_);
  if (has_metadata_) TRY(store_bits(image_, 0, regions() - 1));
  return write_superblocks();
}

void RaidSet::stop() {
  if (options_.read_only) return;
  static_cast<void>(clear_idle(true));
  std::lock_guard io(bitmap_io_);
  // Its failure takes members out, which is written on the others: there is nobody left to tell.
  static_cast<void>(write_superblocks());
}

// --- regions ---

bool RaidSet::bit(std::uint64_t region) const {
  return (std::to_integer<unsigned>(image_[kBitmapHeaderSize + region / 8]) >> (region % 8) & 1) != 0;
}

void RaidSet::set_bit(std::span<std::byte> image, std::uint64_t region, bool value) {
  auto& byte = image[kBitmapHeaderSize + region / 8];
  const auto mask = static_cast<std::byte>(1U << (region % 8));
  byte = value ? byte | mask : byte & ~mask;
}

std::uint64_t RaidSet::region_end(std::uint64_t region) const {
  return std::min((region + 1) * options_.region_sectors, options_.sectors);
}

Result<> RaidSet::begin_write(std::uint64_t first, std::uint64_t end) {
  const auto begin = first / options_.region_sectors, last = (end - 1) / options_.region_sectors;
  std::unique_lock lock(mutex_);
  auto all_set = [&] {
    for (auto region = begin; region <= last; ++region)
      if (!bit(region)) return false;
    return true;
  };
  if (!all_set()) {
    for (auto region = begin; region <= last; ++region) wanted_.push_back(region);
    lock.unlock();
    std::lock_guard io(bitmap_io_);
    lock.lock();
    // Whoever was at work before may have done it along with its own.
    if (!all_set()) {
      auto wanted = std::exchange(wanted_, {});
      for (auto region = begin; region <= last; ++region) wanted.push_back(region);
      auto image = image_;
      for (auto region : wanted) set_bit(image, region, true);
      lock.unlock();
      const auto [low, high] = std::ranges::minmax(wanted);
      TRY(store_bits(image, low, high));
      lock.lock();
      for (auto region : wanted) set_bit(image_, region, true);
    }
    for (auto region = begin; region <= last; ++region) ++writers_[region];
    return {};
  }
  for (auto region = begin; region <= last; ++region) ++writers_[region];
  return {};
}

void RaidSet::end_write(std::uint64_t first, std::uint64_t end, bool everywhere) {
  const auto now = options_.host->now();
  std::lock_guard lock(mutex_);
  for (auto region = first / options_.region_sectors; region <= (end - 1) / options_.region_sectors; ++region) {
    --writers_[region];
    touched_[region] = now;
    if (!everywhere) needed_[region] = true;
  }
}

std::optional<std::uint64_t> RaidSet::clear_idle(bool at_once) {
  if (options_.read_only) return std::nullopt;
  const auto now = options_.host->now();
  const std::uint64_t pause = std::uint64_t{1000} * options_.daemon_sleep_seconds;
  std::lock_guard io(bitmap_io_);
  std::vector<std::uint64_t> idle;
  std::optional<std::uint64_t> next;
  {
    std::lock_guard lock(mutex_);
    // Whoever comes back later is told by the bits where it differs.
    if (degraded()) return std::nullopt;
    for (std::uint64_t region = 0; region < regions(); ++region) {
      if (!bit(region) || needed_[region]) continue;
      if (writers_[region] == 0 && (at_once || now >= touched_[region] + pause))
        idle.push_back(region);
      else
        next = pause;
    }
  }
  if (idle.empty()) return next;
  // What was written there is to be on all of them first.
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (usable()[i] && !members_[i].data->flush() && fail_member(i)) return next;
  std::vector<std::byte> image;
  {
    std::lock_guard lock(mutex_);
    if (degraded()) return next;
    // Nor what was written since the flush.
    std::erase_if(idle, [&](auto region) {
      return writers_[region] != 0 || needed_[region] || (!at_once && touched_[region] + pause > now);
    });
    for (auto region : idle) set_bit(image_, region, false);
    image = image_;
  }
  if (!idle.empty()) static_cast<void>(store_bits(image, idle.front(), idle.back()));
  return next;
}

Result<> RaidSet::store_bits(std::span<const std::byte> image, std::uint64_t first, std::uint64_t last) {
  if (!has_metadata_) return {};
  // Not the header, which is in the first block too: it belongs to the writer of superblocks.
  const auto from = std::max<std::uint64_t>(round_down(kBitmapHeaderSize + first / 8, kSectorSize), kBitmapHeaderSize);
  const auto to = std::min<std::uint64_t>(round_up(kBitmapHeaderSize + last / 8 + 1, kSectorSize), image.size());
  bool stored = false;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (!usable()[i] || !members_[i].metadata) continue;
    const auto part = image.subspan(from, to - from);
    if (members_[i].metadata->write(Bytes(kBitmapStart + from), part, true))
      stored = true;
    else if (!fail_member(i))
      return fail(Code::io, "The bitmap of the set cannot be written any more.");
  }
  return stored ? Result<>{} : fail(Code::io, "The bitmap of the set cannot be written on any image.");
}

// --- members ---

bool RaidSet::degraded() const {
  return std::ranges::any_of(members_, [](const auto& member) { return !member.usable() || !member.in_sync; });
}

std::vector<bool> RaidSet::usable() const {
  std::lock_guard lock(mutex_);
  std::vector<bool> result;
  for (const auto& member : members_) result.push_back(member.usable());
  return result;
}

std::vector<std::size_t> RaidSet::readable(std::uint64_t end) const {
  std::lock_guard lock(mutex_);
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (members_[i].usable() && (members_[i].in_sync || end <= members_[i].recovery_offset)) result.push_back(i);
  // Where copies may still differ everybody reads the one that the others will be made like.
  const bool may_differ = resync_offset_ != kRaidDone && end > resync_offset_;
  if (may_differ)
    std::erase_if(result, [&](auto i) { return !members_[i].in_sync; });
  else
    std::ranges::stable_partition(result, [&](auto i) { return !members_[i].write_mostly; });
  return result;
}

bool RaidSet::mark_faulty(std::size_t index) {
  std::lock_guard lock(mutex_);
  auto& member = members_[index];
  const auto others = std::ranges::count_if(members_, [&](const auto& m) { return m.usable() && m.in_sync; }) -
                      (member.usable() && member.in_sync ? 1 : 0);
  if (others == 0) return false;
  member.faulty = true;
  member.in_sync = false;
  // What one image has left can differ from nothing.
  if (others == 1) resync_offset_ = kRaidDone;
  return true;
}

bool RaidSet::fail_member(std::size_t index) {
  std::lock_guard super(super_);
  {
    // Somebody else was quicker, and has told the others by now.
    std::lock_guard lock(mutex_);
    if (members_[index].faulty) return true;
  }
  if (!mark_faulty(index)) return false;
  const bool told = write_superblocks_locked().has_value();
  options_.host->raise_event();
  options_.host->wake();
  return told;
}

// --- superblocks ---

RaidSuperblock RaidSet::superblock_of(std::size_t index) const {
  RaidSuperblock value;
  value.num_devices = static_cast<std::uint32_t>(members_.size());
  value.array_position = static_cast<std::uint32_t>(index);
  value.events = events_;
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (!members_[i].usable()) value.set_failed(static_cast<std::uint32_t>(i));
  value.disk_recovery_offset = members_[index].in_sync ? kRaidDone : members_[index].recovery_offset;
  value.array_resync_offset = resync_offset_;
  value.array_sectors = value.sectors = options_.sectors;
  return value;
}

Result<> RaidSet::write_superblocks() {
  std::lock_guard super(super_);
  return write_superblocks_locked();
}

Result<> RaidSet::write_superblocks_locked() {
  if (!has_metadata_ || options_.read_only) return {};
  for (bool again = true; again;) {
    again = false;
    std::vector<std::byte> head;
    std::vector<RaidSuperblock> superblocks;
    std::vector<bool> usable_now;
    {
      std::lock_guard lock(mutex_);
      if (!degraded()) events_cleared_ = events_;
      ++events_;
      BitmapHeader header{events_,
                          events_cleared_,
                          options_.sectors,
                          false,
                          options_.region_sectors,
                          options_.daemon_sleep_seconds,
                          options_.write_behind};
      pack_bitmap_header(header, image_);
      for (std::size_t i = 0; i < members_.size(); ++i) {
        superblocks.push_back(superblock_of(i));
        usable_now.push_back(members_[i].usable() && members_[i].metadata);
      }
      head.assign(image_.begin(), image_.begin() + kBitmapHeaderSize);
    }
    // The header alone: bits beside it may be under way.
    for (int what = 0; what < 2 && !again; ++what)
      for (std::size_t i = 0; i < members_.size() && !again; ++i) {
        if (!usable_now[i]) continue;
        std::array<std::byte, kSectorSize> sector;
        pack_raid_superblock(superblocks[i], sector);
        const auto& metadata = *members_[i].metadata;
        const auto written =
            what == 0 ? metadata.write(Bytes(kBitmapStart), head, true) : metadata.write(Bytes(), sector, true);
        if (written) continue;
        if (!mark_faulty(i)) return written;
        options_.host->raise_event();
        again = true;
      }
  }
  return {};
}

char RaidSet::health(std::size_t index, bool checking) const {
  std::lock_guard lock(mutex_);
  const auto& member = members_[index];
  if (!member.data) return '-';
  if (member.faulty) return 'D';
  if (checking) return 'A';
  return resync_offset_ != kRaidDone || !member.in_sync ? 'a' : 'A';
}

}  // namespace lvm::dm::user
