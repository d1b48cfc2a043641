// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "dm/types.h"

// What targets say of themselves while they run: the lines of DM_TABLE_STATUS as values. Source: kernel
// Documentation/admin-guide/device-mapper, and what Linux 6.1 was seen to print.
namespace lvm::dm {

// A part of a whole, in a unit of the target's own.
struct Usage {
  std::uint64_t used = 0, total = 0;
  friend bool operator==(const Usage&, const Usage&) = default;
};

struct MirrorStatus {
  std::vector<DeviceNumber> legs;
  Usage in_sync;       // regions
  std::string health;  // a letter for each leg: A alive, F flush failed, D write failed, S sync failed, R read failed
  std::optional<DeviceNumber> log;  // none: core log
  char log_health = 'A';            // of a disk log: A, D, F
  friend bool operator==(const MirrorStatus&, const MirrorStatus&) = default;
};

struct RaidStatus {
  std::string level;
  std::string health;  // a letter for each image: A in sync, a not in sync yet, D failed, - absent
  Usage in_sync;       // sectors
  std::string action;  // "idle", "resync", "recover", "check", ...; empty before target 1.5
  std::uint64_t mismatches = 0;
  std::optional<std::uint64_t> data_offset;  // sectors
  char journal = '-';
  friend bool operator==(const RaidStatus&, const RaidStatus&) = default;
};

// Of the targets snapshot and snapshot-merge.
struct SnapshotStatus {
  enum class State : std::uint8_t { good, invalid, overflow, merge_failed };
  State state = State::good;
  Usage store;                            // sectors
  std::optional<std::uint64_t> metadata;  // sectors; a merge is complete when it equals store.used
  friend bool operator==(const SnapshotStatus&, const SnapshotStatus&) = default;
};

struct ThinPoolStatus {
  enum class State : std::uint8_t { good, failed, error };
  enum class Mode : std::uint8_t { read_write, read_only, out_of_data_space };
  enum class Discards : std::uint8_t { ignore, no_passdown, passdown };
  State state = State::good;  // otherwise nothing else is known
  std::uint64_t transaction_id = 0;
  Usage metadata;  // blocks of 4 KiB
  Usage data;      // chunks
  std::optional<std::uint64_t> held_root;
  Mode mode = Mode::read_write;
  Discards discards = Discards::ignore;
  bool error_if_no_space = false;
  bool needs_check = false;
  std::optional<std::uint64_t> metadata_low_water;  // blocks
  friend bool operator==(const ThinPoolStatus&, const ThinPoolStatus&) = default;
};

struct ThinStatus {
  bool failed = false;                   // otherwise nothing else is known
  std::uint64_t mapped = 0;              // sectors
  std::optional<std::uint64_t> highest;  // the last mapped sector
  friend bool operator==(const ThinStatus&, const ThinStatus&) = default;
};

struct CacheStatus {
  enum class State : std::uint8_t { good, failed, error };
  using Settings = std::vector<std::pair<std::string, std::string>>;
  State state = State::good;         // otherwise nothing else is known
  std::uint64_t metadata_block = 0;  // sectors
  Usage metadata;
  Sectors chunk;
  Usage data;  // chunks
  std::uint64_t read_hits = 0, read_misses = 0, write_hits = 0, write_misses = 0;
  std::uint64_t demotions = 0, promotions = 0, dirty = 0;
  std::vector<std::string> features;
  Settings core_settings;
  std::string policy;
  Settings policy_settings;
  bool read_only = false;
  bool needs_check = false;
  bool has_feature(std::string_view feature) const;
  // "writethrough", "writeback", "passthrough"; empty when the target names none.
  std::string_view mode() const;
  friend bool operator==(const CacheStatus&, const CacheStatus&) = default;
};

struct WritecacheStatus {
  std::uint64_t error = 0;                           // errno of the first failure, 0 when there was none
  std::uint64_t total = 0, free = 0, writeback = 0;  // blocks
  friend bool operator==(const WritecacheStatus&, const WritecacheStatus&) = default;
};

struct IntegrityStatus {
  std::uint64_t mismatches = 0;
  std::uint64_t provided = 0;                 // sectors
  std::optional<std::uint64_t> recalculated;  // sectors; none: nothing was to be recalculated
  friend bool operator==(const IntegrityStatus&, const IntegrityStatus&) = default;
};

struct VdoStatus {
  std::string device;  // as the kernel names it
  std::string mode;    // "normal", "recovering", "read-only"
  bool recovering = false;
  std::string index_state;  // "closed", "online", ...
  std::string compression;  // "online", "offline"
  Usage blocks;             // 4 KiB
  friend bool operator==(const VdoStatus&, const VdoStatus&) = default;
};

// A target whose status is not read, or is none that this program can read: the text.
struct OtherStatus {
  std::string type;
  std::string params;
  friend bool operator==(const OtherStatus&, const OtherStatus&) = default;
};

using StatusBody = std::variant<OtherStatus, MirrorStatus, RaidStatus, SnapshotStatus, ThinPoolStatus, ThinStatus,
                                CacheStatus, WritecacheStatus, IntegrityStatus, VdoStatus>;

struct Status {
  Sectors start, length;
  StatusBody body;
  std::string type;  // the target's name
  friend bool operator==(const Status&, const Status&) = default;
};

// Words that newer kernels may add behind the known ones are passed over. Targets without a status of their own, and
// types that are not known, give OtherStatus.
Result<StatusBody> parse_status(std::string_view type, std::string_view params);

// A line that cannot be read must not hide the device: its text is kept.
Status read_status(const StatusLine& line);

// "START LENGTH TYPE PARAMS", as `dmsetup status` prints it without the name.
Result<StatusLine> parse_status_line(std::string_view line);

}  // namespace lvm::dm
