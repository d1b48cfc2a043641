// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/attributes.h"
#include "report/fields/sections.h"
#include "report/kinds.h"

// What the kernel says of a volume. Without a device-mapper driver nothing is known: flags are undefined.
namespace lvm::report {
namespace {

void kernel_major(const Row& row, Value& out) {
  if (row.lv->live == nullptr)
    out.set_signed(-1);
  else
    out.set_number(row.lv->live->info.device.major);
}
void kernel_minor(const Row& row, Value& out) {
  if (row.lv->live == nullptr)
    out.set_signed(-1);
  else
    out.set_number(row.lv->live->info.device.minor);
}

void kernel_read_ahead(const Row& row, Value& out) {
  if (row.lv->live == nullptr || !row.lv->live->read_ahead)
    out.set_word("-1", kUndefined);
  else
    out.set_size(*row.lv->live->read_ahead);
}

void permissions(const Row& row, Value& out) {
  const auto& lv = *row.lv->lv;
  if (lv.id && !lv.writable())
    out.set_text("read-only");
  else if (!live_state_known(row) || !lv.id || row.lv->live == nullptr)
    out.set_text("unknown");
  else if (row.lv->live->info.read_only)
    out.set_text("read-only-override");
  else
    out.set_text("writeable");
}

template <bool (*of)(const dm::Info&)>
void device_flag(const Row& row, Value& out) {
  if (!live_state_known(row) || !row.lv->lv->id || row.lv->live == nullptr)
    out.set_undefined();
  else
    out.set_flag(of(row.lv->live->info));
}

bool suspended(const dm::Info& info) { return info.suspended; }
bool live_table(const dm::Info& info) { return info.live_table; }
bool inactive_table(const dm::Info& info) { return info.inactive_table; }
bool held_open(const dm::Info& info) { return info.open_count > 0; }

void health(const Row& row, Value& out) { out.set_text(health_text(row)); }

void empty_list(const Row&, Value& out) { out.start_list(); }

void attr(const Row& row, Value& out) {
  append_lv_attr(out.buffer(), row);
  out.set_composed();
}

constexpr Word kPermissionWords[] = {
    {"rw", 0, "writeable"},        {"read-write", 0, "writeable"},           {"r", 0, "read-only"},
    {"ro", 0, "read-only"},        {"ro-override", 0, "read-only-override"}, {"r-override", 0, "read-only-override"},
    {"R", 0, "read-only-override"}};
constexpr Word kSuspendedWords[] = {{"suspended", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kLiveWords[] = {{"live table present", 1}, {"live table", 1}, {"live", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kInactiveWords[] = {
    {"inactive table present", 1}, {"inactive table", 1}, {"inactive", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kOpenWords[] = {{"open", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kCheckWords[] = {{"check needed", 1}, {"needed", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kFailedWords[] = {{"merge failed", 1}, {"failed", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kInvalidWords[] = {{"snapshot invalid", 1}, {"invalid", 1}, {"yes", 1}, {"no", 0}};

constexpr auto I = Group::lv_info;
constexpr auto S = Group::lv_status;
constexpr auto kString = Type::string;
constexpr auto kNumber = Type::number;
constexpr auto kFlag = Type::flag;
constexpr auto kPercent = Type::percent;

constexpr Field kInfoFields[] = {
    {"lv_kernel_major", "KMaj", I, kNumber, 4, kernel_major, "Major number of the active device; -1 when inactive."},
    {"lv_kernel_minor", "KMin", I, kNumber, 4, kernel_minor, "Minor number of the active device; -1 when inactive."},
    {"lv_kernel_read_ahead", "KRahead", I, Type::size, 7, kernel_read_ahead, "Read-ahead of the active device."},
    {"lv_permissions", "LPerms", I, kString, 8, permissions, "Whether the volume can be written.", kPermissionWords},
    {"lv_suspended", "Suspended", I, kFlag, 10, device_flag<suspended>, "I/O to the device is held back.",
     kSuspendedWords},
    {"lv_live_table", "LiveTable", I, kFlag, 20, device_flag<live_table>, "The device has a live table.", kLiveWords},
    {"lv_inactive_table", "InactiveTable", I, kFlag, 20, device_flag<inactive_table>,
     "The device has a table that waits for a resume.", kInactiveWords},
    {"lv_device_open", "DevOpen", I, kFlag, 10, device_flag<held_open>, "Something holds the device open.", kOpenWords},
};

constexpr Field kStatusFields[] = {
    {"data_percent", "Data%", S, kPercent, 6, kinds::any_data_percent,
     "How full a snapshot, pool, thin volume or cache is."},
    {"snap_percent", "Snap%", S, kPercent, 6, kinds::any_data_percent, "How full a snapshot is."},
    {"metadata_percent", "Meta%", S, kPercent, 6, nothing, "How full the metadata of a pool is."},
    {"copy_percent", "Cpy%Sync", S, kPercent, 8, nothing, "How much of a mirror, RAID, cache or move is in sync."},
    {"sync_percent", "Cpy%Sync", S, kPercent, 8, nothing, "The same as copy_percent."},
    {"cache_total_blocks", "CacheTotalBlocks", S, kNumber, 16, nothing, "Blocks of the cache."},
    {"cache_used_blocks", "CacheUsedBlocks", S, kNumber, 16, nothing, "Blocks of the cache in use."},
    {"cache_dirty_blocks", "CacheDirtyBlocks", S, kNumber, 16, nothing, "Blocks of the cache not yet written back."},
    {"cache_read_hits", "CacheReadHits", S, kNumber, 16, nothing, "Reads served by the cache."},
    {"cache_read_misses", "CacheReadMisses", S, kNumber, 16, nothing, "Reads the cache could not serve."},
    {"cache_write_hits", "CacheWriteHits", S, kNumber, 16, nothing, "Writes taken by the cache."},
    {"cache_write_misses", "CacheWriteMisses", S, kNumber, 16, nothing, "Writes that passed the cache by."},
    {"kernel_cache_settings", "KCacheSettings", S, Type::list, 18, empty_list,
     "Cache settings in the kernel, defaults included."},
    {"kernel_cache_policy", "KCachePolicy", S, kString, 18, nothing, "Cache policy in the kernel."},
    {"kernel_metadata_format", "KMFmt", S, kNumber, 5, nothing, "Cache metadata format in the kernel."},
    {"lv_health_status", "Health", S, kString, 15, health, "What is wrong with the volume, if anything."},
    {"kernel_discards", "KDiscards", S, kString, 9, nothing, "How a thin pool in the kernel treats discards."},
    {"lv_check_needed", "CheckNeeded", S, kFlag, 15, undefined, "The metadata of a pool or cache wants a check.",
     kCheckWords},
    {"lv_merge_failed", "MergeFailed", S, kFlag, 15, kinds::any_merge_failed, "Merging a snapshot failed.",
     kFailedWords},
    {"lv_snapshot_invalid", "SnapInvalid", S, kFlag, 15, kinds::any_snapshot_invalid,
     "The snapshot overflowed and is of no use.", kInvalidWords},
    {"vdo_operating_mode", "VDOOperatingMode", S, kString, 16, nothing, "Operating mode of a VDO pool."},
    {"vdo_compression_state", "VDOCompressionState", S, kString, 19, nothing, "Whether a VDO pool compresses now."},
    {"vdo_index_state", "VDOIndexState", S, kString, 13, nothing, "State of the index of a VDO pool."},
    {"vdo_used_size", "VDOUsedSize", S, Type::size, 11, nothing, "Space of a VDO pool in use."},
    {"vdo_saving_percent", "VDOSaving%", S, kNumber, 10, nothing, "Space that a VDO pool saves."},
    {"writecache_total_blocks", "WCacheTotalBlocks", S, kNumber, 17, nothing, "Blocks of the write cache."},
    {"writecache_free_blocks", "WCacheFreeBlocks", S, kNumber, 16, nothing, "Free blocks of the write cache."},
    {"writecache_writeback_blocks", "WCacheWritebackBlocks", S, kNumber, 21, nothing,
     "Blocks of the write cache that are being written back."},
    {"writecache_error", "WCacheErrors", S, kNumber, 12, nothing, "Errors of the write cache."},
};

constexpr Field kAttrFields[] = {
    {"lv_attr", "Attr", Group::lv_attr, kString, 4, attr, "Ten letters: see lvs(8)."},
};

}  // namespace

std::span<const Field> lv_info_fields() { return kInfoFields; }
std::span<const Field> lv_status_fields() { return kStatusFields; }
std::span<const Field> lv_attr_fields() { return kAttrFields; }

}  // namespace lvm::report
