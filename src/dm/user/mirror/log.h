// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/endian.h"
#include "dm/user/live_target.h"

namespace lvm::dm::user {

inline constexpr std::uint32_t kMirrorLogMagic = 0x4D695272;
inline constexpr std::uint32_t kMirrorLogVersion = 2;
inline constexpr std::uint64_t kMirrorLogBits = 1024;                // byte of the log device where the bits begin
inline constexpr std::uint64_t kMirrorLogUnset = ~std::uint64_t{0};  // count of regions: "use the bits as they are"

struct MirrorLogHeaderDisk {
  le32 magic;
  le32 version;
  le64 regions;
};
static_assert(sizeof(MirrorLogHeaderDisk) == 16 && offsetof(MirrorLogHeaderDisk, regions) == 8);

// The count of regions that the log speaks of; nullopt: this is no log.
std::optional<std::uint64_t> unpack_mirror_log(std::span<const std::byte> bytes);
void pack_mirror_log(std::uint64_t regions, std::span<std::byte> bytes);

// Which regions of a mirror are equal on all legs, and which are clean: equal, and not being written. On disk a bit
// is 1 for clean. A bit is cleared before data goes out in its region, and set after the legs were flushed.
class MirrorLog {
 public:
  MirrorLog(std::optional<Area> device, std::uint64_t regions, InitialSync sync)
      : device_(std::move(device)), regions_(regions), initial_(sync) {}

  // A core log starts anew each time a table goes live first; a disk log knows.
  Result<> load();
  // With no I/O under way and the legs flushed: all regions in sync are clean.
  Result<> settle();

  std::uint64_t regions() const { return regions_; }
  std::uint64_t in_sync_count() const;
  bool in_sync(std::uint64_t region) const;
  bool all_in_sync() const { return in_sync_count() == regions_; }
  std::optional<std::uint64_t> next_to_recover() const;
  void set_in_sync(std::uint64_t region, bool value);

  // About a region in sync that is written.
  Result<> begin_write(std::uint64_t region);
  void end_write(std::uint64_t region, std::uint64_t now);
  // Regions that nobody has written for a while. The legs are flushed by `flush` before their bits are set.
  template <class Flush>
  Result<> clean_idle(std::uint64_t now, std::uint64_t pause, Flush flush) {
    if (now < pause) return {};
    auto idle = idle_regions(now - pause);
    if (idle.empty()) return {};
    TRY(flush());
    return set_clean(idle, now - pause);
  }
  // "1 core" or "3 disk 253:4 A".
  std::string status() const;
  bool failed() const;

 private:
  bool clean(std::uint64_t region) const;
  void set_bit(std::uint64_t region, bool value);
  // The block with this region's bit; `dirty`: with the bit cleared, whatever it is in memory. With io_ held.
  Result<> write_bits(std::uint64_t region, bool dirty);
  Result<> write_all();
  Result<> write_all_locked();
  std::vector<std::uint64_t> idle_regions(std::uint64_t idle_since) const;
  Result<> set_clean(const std::vector<std::uint64_t>& regions, std::uint64_t idle_since);

  const std::optional<Area> device_;
  const std::uint64_t regions_;
  const InitialSync initial_;
  std::mutex io_;  // before mutex_
  mutable std::mutex mutex_;
  std::vector<std::byte> image_;  // header and bits
  std::vector<bool> in_sync_;
  std::vector<std::uint32_t> writers_;
  std::vector<std::uint64_t> touched_;
  bool loaded_ = false, failed_ = false;
};

}  // namespace lvm::dm::user
