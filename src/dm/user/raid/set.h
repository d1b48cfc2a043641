// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "dm/user/live_target.h"
#include "dm/user/raid/superblock.h"

namespace lvm::dm::user {

// An image of a set: a pair of devices of the table.
struct RaidMember {
  std::optional<Area> metadata, data;
  bool rebuild = false;       // the table says: write it anew
  bool write_mostly = false;  // read only when no other can be
  bool faulty = false;
  bool in_sync = true;
  std::uint64_t recovery_offset = 0;         // sectors that are good, when not in sync
  bool by_bitmap = false;                    // not in sync, but only where the bitmap has bits
  std::optional<RaidSuperblock> superblock;  // as it was read
  bool usable() const { return data && !faulty; }
};

struct RaidOptions {
  Host* host = nullptr;
  std::uint64_t sectors = 0;         // of each image that are used; for RAID1 the length of the target
  std::uint32_t region_sectors = 0;  // a power of two
  std::uint32_t daemon_sleep_seconds = 5;
  std::uint32_t write_behind = 0;
  InitialSync sync = InitialSync::unsaid;
  bool read_only = false;
};

// What all levels have in common: members, superblocks, the bitmap, and who is in sync.
//
// The order on disk: the bit of a region before data in it; a member's failure before the answer to the write
// that found it; data flushed before its bits are cleared; the bitmap's header before superblocks of its events.
class RaidSet {
 public:
  RaidSet(RaidOptions options, std::vector<RaidMember> members);

  // Reads superblocks and bitmap and decides who is in sync. Nothing is written.
  Result<> load();
  // After load(): what was decided is written, so that it holds before the first I/O.
  Result<> start();
  // Nothing is under way: everything comes to rest on disk.
  void stop();

  // --- regions. Sectors. ---
  // Before data goes out in [first, end) sectors, and after; `everywhere`: it reached every member.
  Result<> begin_write(std::uint64_t first, std::uint64_t end);
  void end_write(std::uint64_t first, std::uint64_t end, bool everywhere);
  // Clears the bits of regions that were idle long enough; when the next may be.
  std::optional<std::uint64_t> clear_idle(bool at_once);

  // --- members ---
  std::size_t size() const { return members_.size(); }
  const RaidMember& member(std::size_t index) const { return members_[index]; }
  // Copies of their state, to be used without a lock.
  std::vector<bool> usable() const;
  // Members to read [.., end) from, the best first.
  std::vector<std::size_t> readable(std::uint64_t end) const;
  // Takes a member out and tells the others. False: it is the last one in sync, and stays.
  bool fail_member(std::size_t index);

  // --- synchronising ---
  enum class Action { idle, resync, recover };
  Action wanted() const;
  std::uint64_t resync_offset() const;
  std::uint64_t recovery_offset() const;
  // The next region, at or behind `sector`, that the action has to look at; nullopt: it is done.
  std::optional<std::uint64_t> next_region(Action action, std::uint64_t sector) const;
  std::uint64_t region_end(std::uint64_t region) const;
  std::uint64_t region_sectors() const { return options_.region_sectors; }
  std::uint64_t sectors() const { return options_.sectors; }
  bool read_only() const { return options_.read_only; }
  // All up to `sector` is synchronised now. `checkpoint`: superblocks say so too.
  Result<> advance(Action action, std::uint64_t sector, bool checkpoint);
  // The action reached the end.
  Result<> finish(Action action);
  bool is_member_target(Action action, std::size_t index) const;

  char health(std::size_t index, bool checking) const;

 private:
  // Parts of load().
  Result<> read_superblocks();
  Result<> adopt(const RaidSuperblock& freshest);
  Result<> read_bitmap(const RaidSuperblock* freshest);
  void use_bitmap(std::span<const std::byte> bits, const BitmapHeader& header);
  std::uint64_t regions() const { return (options_.sectors + options_.region_sectors - 1) / options_.region_sectors; }
  bool degraded() const;  // with mutex_ held
  bool bit(std::uint64_t region) const;
  static void set_bit(std::span<std::byte> image, std::uint64_t region, bool value);
  // With bitmap_io_ held: the 512-byte blocks that hold these regions' bits, to every member.
  Result<> store_bits(std::span<const std::byte> image, std::uint64_t first, std::uint64_t last);
  Result<> write_superblocks();
  Result<> write_superblocks_locked();
  RaidSuperblock superblock_of(std::size_t index) const;
  // With super_ held.
  bool mark_faulty(std::size_t index);

  const RaidOptions options_;
  std::vector<RaidMember> members_;

  // Taken in this order.
  std::mutex bitmap_io_;
  std::mutex super_;
  mutable std::mutex mutex_;
  std::vector<std::byte> image_;        // header and bits as on disk, from kBitmapStart on; bits also in memory only
  std::vector<std::uint16_t> writers_;  // of each region
  std::vector<std::uint64_t> touched_;  // when the last writer left
  std::vector<bool> needed_;            // its copies may differ
  std::vector<std::uint64_t> wanted_;   // regions whose bits somebody waits for
  std::uint64_t events_ = 0, events_cleared_ = 0;
  std::uint64_t resync_offset_ = kRaidDone;
  bool has_metadata_ = false;
};

}  // namespace lvm::dm::user
