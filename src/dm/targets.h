// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/units.h"

// The targets of the device-mapper as typed values: what a table line says. Source: kernel
// Documentation/admin-guide/device-mapper, and what Linux 6.1 was seen to print.
namespace lvm::dm {

struct DeviceNumber {
  std::uint32_t major = 0, minor = 0;
  friend auto operator<=>(const DeviceNumber&, const DeviceNumber&) = default;
  explicit operator bool() const { return major != 0 || minor != 0; }
};

// A block device named in a table: one that exists already, or a device-mapper device (by its dm UUID)
// whose number is known only once an earlier step has created it.
struct ByUuid {
  std::string uuid;
  friend bool operator==(const ByUuid&, const ByUuid&) = default;
};
using DeviceRef = std::variant<DeviceNumber, ByUuid>;

struct LinearTarget {
  DeviceRef device;
  Sectors offset;
  friend bool operator==(const LinearTarget&, const LinearTarget&) = default;
};

struct StripedTarget {
  Sectors chunk;
  std::vector<LinearTarget> legs;
  friend bool operator==(const StripedTarget&, const StripedTarget&) = default;
};

struct ErrorTarget {
  friend bool operator==(const ErrorTarget&, const ErrorTarget&) = default;
};

struct ZeroTarget {
  friend bool operator==(const ZeroTarget&, const ZeroTarget&) = default;
};

// Whether the content of a new set counts as equal (nosync), as different (sync), or is known from its log.
enum class InitialSync : std::uint8_t { unsaid, sync, nosync };

struct MirrorTarget {
  std::optional<DeviceRef> log;  // none: the log is kept in memory ("core")
  Sectors region;
  InitialSync sync = InitialSync::unsaid;
  std::vector<LinearTarget> legs;
  bool handle_errors = false;
  bool keep_log = false;
  friend bool operator==(const MirrorTarget&, const MirrorTarget&) = default;
};

struct RaidTarget {
  struct Image {
    std::optional<DeviceRef> metadata, data;  // none: "-", there is no such device
    friend bool operator==(const Image&, const Image&) = default;
  };
  std::string level;  // the kernel's name: "raid1", "raid5_ls", ...
  Sectors chunk;      // 0 for raid1
  InitialSync sync = InitialSync::unsaid;
  std::vector<std::uint32_t> rebuild;              // indices of images to be written anew
  std::optional<std::uint64_t> daemon_sleep;       // ms
  std::optional<std::uint64_t> min_recovery_rate;  // KiB/s for each image
  std::optional<std::uint64_t> max_recovery_rate;
  std::vector<std::uint32_t> write_mostly;        // indices of images, raid1 only
  std::optional<std::uint64_t> max_write_behind;  // writes
  std::optional<Sectors> stripe_cache;
  std::optional<Sectors> region_size;
  std::optional<std::uint32_t> raid10_copies;
  std::string raid10_format;                // "near", "far", "offset"; empty when not said
  std::optional<std::int32_t> delta_disks;  // images added (or, below 0, removed) by a reshape
  std::optional<Sectors> data_offset;       // out-of-place reshape space; 0 is a value of its own
  std::optional<DeviceRef> journal;
  std::string journal_mode;  // "writethrough", "writeback"; empty when not said
  std::vector<Image> images;
  friend bool operator==(const RaidTarget&, const RaidTarget&) = default;
};

struct SnapshotTarget {
  DeviceRef origin, cow;
  std::string store = "P";  // P: kept on disk, PO: likewise and overflow is told apart, N: in memory
  Sectors chunk;
  bool discard_zeroes_cow = false;
  bool discard_passdown_origin = false;
  friend bool operator==(const SnapshotTarget&, const SnapshotTarget&) = default;
};

// Stands at the origin's place while `cow` is merged into it.
struct SnapshotMergeTarget {
  SnapshotTarget merged;
  friend bool operator==(const SnapshotMergeTarget&, const SnapshotMergeTarget&) = default;
};

struct SnapshotOriginTarget {
  DeviceRef device;
  friend bool operator==(const SnapshotOriginTarget&, const SnapshotOriginTarget&) = default;
};

struct ThinPoolTarget {
  DeviceRef metadata, data;
  Sectors chunk;
  std::uint64_t low_water = 0;  // free chunks below which the kernel raises an event
  bool zero_new_blocks = true;
  bool ignore_discard = false;
  bool discard_passdown = true;
  bool error_if_no_space = false;
  bool read_only = false;
  friend bool operator==(const ThinPoolTarget&, const ThinPoolTarget&) = default;
};

struct ThinTarget {
  DeviceRef pool;
  std::uint32_t device_id = 0;
  std::optional<DeviceRef> external_origin;
  friend bool operator==(const ThinTarget&, const ThinTarget&) = default;
};

struct CacheTarget {
  DeviceRef metadata, cache, origin;
  Sectors chunk;
  bool metadata2 = false;
  std::string mode;  // "writethrough", "writeback", "passthrough"
  bool no_discard_passdown = false;
  std::string policy;
  std::vector<std::pair<std::string, std::string>> settings;  // migration_threshold first, as LVM loads them
  friend bool operator==(const CacheTarget&, const CacheTarget&) = default;
};

struct WritecacheTarget {
  bool pmem = false;  // "p" rather than "s"
  DeviceRef origin, cache;
  std::uint32_t block_size = 4096;  // bytes
  std::optional<Sectors> start_sector;
  std::optional<std::uint64_t> high_watermark, low_watermark;  // percent
  std::optional<std::uint64_t> writeback_jobs, autocommit_blocks;
  std::optional<std::uint64_t> autocommit_time;  // ms
  bool fua = false, nofua = false, cleaner = false;
  std::optional<std::uint64_t> max_age;  // ms
  bool metadata_only = false;
  std::optional<std::uint64_t> pause_writeback;  // ms
  // A setting this program does not know, passed on as it is.
  std::vector<std::pair<std::string, std::string>> other;
  friend bool operator==(const WritecacheTarget&, const WritecacheTarget&) = default;
};

struct IntegrityTarget {
  DeviceRef device;
  Sectors start;
  std::uint32_t tag_size = 0;  // bytes
  char mode = 'J';             // J journal, B bitmap, D direct, R recovery
  bool fix_padding = false;
  std::uint32_t block_size = 512;  // bytes; the kernel does not print 512
  std::string internal_hash;
  std::optional<DeviceRef> metadata;
  bool recalculate = false;
  bool allow_discards = false;
  std::optional<std::uint64_t> journal_sectors, interleave_sectors, buffer_sectors;
  std::optional<std::uint64_t> journal_watermark;      // percent
  std::optional<std::uint64_t> commit_time;            // ms
  std::optional<std::uint64_t> bitmap_flush_interval;  // ms
  std::optional<std::uint64_t> sectors_per_bit;
  std::vector<std::string> other;  // "journal_crypt:...": LVM does not set them
  friend bool operator==(const IntegrityTarget&, const IntegrityTarget&) = default;
};

struct VdoTarget {
  std::uint32_t version = 2;  // of the table line: V2, or V4 for target 8.2 and later
  DeviceRef data;
  std::uint64_t blocks = 0;           // of `data`, 4 KiB each
  std::uint32_t minimum_io = 0;       // bytes
  std::uint64_t block_map_cache = 0;  // 4 KiB blocks
  std::uint64_t block_map_era = 0;
  // V2 only.
  bool metadata_hints = false;
  std::string write_policy;  // "auto", "sync", "async"
  std::string pool_name;
  // "deduplication on" (V4), "maxDiscard 1", "ack 1", ... in the order of the line.
  std::vector<std::pair<std::string, std::string>> settings;
  friend bool operator==(const VdoTarget&, const VdoTarget&) = default;
};

// A target this program has no type for: what the kernel printed.
struct OtherTarget {
  std::string type;
  std::string params;
  friend bool operator==(const OtherTarget&, const OtherTarget&) = default;
};

using TargetBody = std::variant<LinearTarget, StripedTarget, ErrorTarget, ZeroTarget, MirrorTarget, RaidTarget,
                                SnapshotTarget, SnapshotMergeTarget, SnapshotOriginTarget, ThinPoolTarget, ThinTarget,
                                CacheTarget, WritecacheTarget, IntegrityTarget, VdoTarget, OtherTarget>;

}  // namespace lvm::dm
