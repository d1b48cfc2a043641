// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/types.h"
#include "model/usable.h"
#include "report/attributes.h"
#include "report/fields/sections.h"
#include "report/kinds.h"
#include "report/kinds/support.h"
#include "segment/kind.h"

namespace lvm::report {
namespace {

using model::LvFlag;

const model::Lv& lv_of(const Row& row) { return *row.lv->lv; }

void set_dashed(Value& out, const Uuid& uuid) {
  if (!uuid) return;
  out.buffer() = uuid.dashed();
  out.set_composed();
}

void uuid(const Row& row, Value& out) {
  set_dashed(out, row.lv->gone != nullptr ? row.lv->gone->id.uuid : lv_of(row).id.uuid);
}

// Hidden volumes stand in brackets; sorting and selection see the plain name.
void set_marked_name(const Row& row, const model::Lv& lv, Value& out) {
  if (lv.visible() || !row.common().settings->mark_hidden) {
    out.set_text(lv.name);
    return;
  }
  out.buffer() += '[';
  out.buffer() += lv.name;
  out.buffer() += ']';
  out.set_composed();
  out.set_match(lv.name);
}

void name(const Row& row, Value& out) {
  if (row.lv->gone == nullptr) return set_marked_name(row, lv_of(row), out);
  out.buffer() += '-';
  out.buffer() += lv_of(row).name;
  out.set_composed();
  out.set_match(lv_of(row).name);
}

void full_name(const Row& row, Value& out) {
  auto& text = out.buffer();
  text += row.vg().name;
  text += '/';
  text += lv_of(row).name;
  out.set_composed();
}

void path(const Row& row, Value& out) {
  if (!lv_of(row).visible() || row.vg().name.empty()) return;
  if (const KindReport* kind = kind_report(lv_of(row)); kind != nullptr && kind->no_path) return;
  auto& text = out.buffer();
  text += row.common().settings->device_dir;
  text += '/';
  text += row.vg().name;
  text += '/';
  text += lv_of(row).name;
  out.set_composed();
}

void dm_path(const Row& row, Value& out) {
  if (row.vg().name.empty()) return;
  auto& text = out.buffer();
  text += row.common().settings->device_dir;
  text += "/mapper/";
  text += dm::device_name(row.vg().name, lv_of(row).name);
  out.set_composed();
}

// Layers over an origin, and what caches it, are no parents to the reference.
bool names_parent(model::Role role) {
  using model::Role;
  switch (role) {
    case Role::mirror_image:
    case Role::mirror_log:
    case Role::raid_image:
    case Role::raid_metadata:
    case Role::thin_pool_data:
    case Role::thin_pool_metadata:
    case Role::cache_pool_data:
    case Role::cache_pool_metadata:
    case Role::vdo_pool_data:
    case Role::leg: return true;
    default: return false;
  }
}

void parent(const Row& row, Value& out) {
  const LvUser* user = row.source->user(*row.lv);
  if (user != nullptr && names_parent(user->role)) set_marked_name(row, row.vg().lvs[user->user], out);
}

void layout(const Row& row, Value& out) {
  out.start_list();
  const KindReport* kind = kind_report(lv_of(row));
  if (row.lv->gone != nullptr)
    out.add_item("none");
  else if (kind == nullptr)
    out.add_item("unknown");
  else if (kind->layout != nullptr)
    kind->layout(row, out);
}

// Hidden only while it is merged: it is what users made.
bool merges_back(const Row& row) {
  if (lv_of(row).visible()) return false;
  if (const auto* snapshot = kinds::store_of(row)) return snapshot->merging;
  const auto* thin = kinds::body_of<model::Thin>(row);
  return thin != nullptr && thin->merge;
}

void role(const Row& row, Value& out) {
  out.start_list();
  const KindReport* kind = kind_report(lv_of(row));
  const bool is_public = (lv_of(row).visible() && (kind == nullptr || !kind->private_role)) || merges_back(row);
  out.add_item(is_public ? "public" : "private");
  if (row.lv->gone != nullptr) out.add_item("history");
  if (is_pool_spare(row)) {
    out.add_item("pool");
    out.add_item("spare");
  }
  for (const LvUser& use : row.source->users(*row.lv)) {
    const auto& body = row.vg().lvs[use.user].segments[use.segment].body;
    if (kKindReports[body.index()]->part_roles != nullptr) kKindReports[body.index()]->part_roles(row, use, out);
  }
  if (kind != nullptr && kind->roles != nullptr) kind->roles(row, out);
}

void no_flag(const Row&, Value& out) { out.set_flag(false); }
void historical(const Row& row, Value& out) { out.set_flag(row.lv->gone != nullptr); }
void time_removed(const Row& row, Value& out) {
  if (row.lv->gone != nullptr && row.lv->gone->removal_time > 0) out.set_signed(row.lv->gone->removal_time);
}

void allocation_policy(const Row& row, Value& out) {
  out.set_text(lv_of(row).id ? allocation_name(lv_of(row).allocation) : "unknown");
}

template <LvFlag flag>
void has_flag(const Row& row, Value& out) {
  out.set_flag(lv_of(row).flags.has(flag));
}

void autoactivation(const Row& row, Value& out) { out.set_flag(!lv_of(row).flags.has(LvFlag::no_autoactivate)); }

bool is_active(const Row& row) { return row.lv->live != nullptr; }

void active(const Row& row, Value& out) {
  if (is_active(row)) out.set_text("active");
}
void active_here(const Row& row, Value& out) { out.set_flag(is_active(row)); }

void major(const Row& row, Value& out) { out.set_signed(lv_of(row).major); }
void minor(const Row& row, Value& out) { out.set_signed(lv_of(row).minor); }

void read_ahead(const Row& row, Value& out) {
  const auto& lv = lv_of(row);
  if (lv.read_ahead == model::Lv::kReadAheadAuto && lv.id)
    out.set_word("auto", kUndefined);
  else
    out.set_size(Sectors(lv.read_ahead > 0 ? static_cast<std::uint64_t>(lv.read_ahead) : 0));
}

void size(const Row& row, Value& out) { out.set_size(row.vg().size_of(model::usable_extents(lv_of(row)))); }
// What is gone has one, of the kind "historical".
void segment_count(const Row& row, Value& out) {
  out.set_number(row.lv->gone != nullptr ? 1 : lv_of(row).segments.size());
}

void tags(const Row& row, Value& out) {
  out.start_list();
  for (const auto& tag : lv_of(row).tags) out.add_item(tag);
  out.sort_items();
}

void profile(const Row& row, Value& out) { out.set_text(*lv_of(row).profile); }
void lock_args(const Row& row, Value& out) { out.set_text(*lv_of(row).lock_args); }

void time_created(const Row& row, Value& out) {
  if (lv_of(row).creation_time > 0) out.set_signed(lv_of(row).creation_time);
}
void host(const Row& row, Value& out) { out.set_text(lv_of(row).creation_host); }

constexpr Word kSyncWords[] = {{"initial image sync", 1}, {"sync", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kSyncedWords[] = {{"image synced", 1}, {"synced", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kMergingWords[] = {{"merging", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kConvertingWords[] = {{"converting", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kLockedWords[] = {{"allocation locked", 1}, {"locked", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kMinorWords[] = {{"fixed minor", 1}, {"fixed", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kSkipWords[] = {{"skip activation", 1}, {"skip", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kEnabledWords[] = {{"enabled", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kLocallyWords[] = {{"active locally", 1}, {"active", 1}, {"locally", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kRemotelyWords[] = {{"active remotely", 1}, {"active", 1}, {"remotely", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kExclusivelyWords[] = {
    {"active exclusively", 1}, {"active", 1}, {"exclusively", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kHistoricalWords[] = {{"historical", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kAutoWords[] = {{"auto", kUndefined}};
constexpr Word kWhenFullWords[] = {{"error when full", 0, "error"},
                                   {"error if no space", 0, "error"},
                                   {"queue when full", 0, "queue"},
                                   {"queue if no space", 0, "queue"},
                                   {"undefined", 0, ""}};

constexpr auto G = Group::lv;
constexpr auto kString = Type::string;
constexpr auto kNumber = Type::number;
constexpr auto kSize = Type::size;
constexpr auto kList = Type::list;
constexpr auto kFlag = Type::flag;
constexpr auto kTime = Type::time;

constexpr Field kFields[] = {
    {"lv_uuid", "LV UUID", G, kString, 38, uuid, "Identifier of the volume: never reused."},
    {"lv_name", "LV", G, kString, 4, name, "Name; in brackets when the volume is a part of another."},
    {"lv_full_name", "LV", G, kString, 4, full_name, "Name with its volume group in front: VG/LV."},
    {"lv_path", "Path", G, kString, 4, path, "Device path of a volume for use; empty for parts."},
    {"lv_dm_path", "DMPath", G, kString, 6, dm_path, "Path of the device-mapper device."},
    {"lv_parent", "Parent", G, kString, 6, parent, "The volume that this one is a part of."},
    {"lv_layout", "Layout", G, kList, 10, layout, "How the data lies on the devices."},
    {"lv_role", "Role", G, kList, 10, role, "What the volume is for."},
    {"lv_initial_image_sync", "InitImgSync", G, kFlag, 10, no_flag,
     "The images of a mirror or RAID were synchronised when they were made.", kSyncWords},
    {"lv_image_synced", "ImgSynced", G, kFlag, 10, kinds::image_synced, "This image of a mirror or RAID is in sync.",
     kSyncedWords},
    {"lv_merging", "Merging", G, kFlag, 10, kinds::any_merging, "A snapshot is being merged back.", kMergingWords},
    {"lv_converting", "Converting", G, kFlag, 10, no_flag, "A conversion is under way.", kConvertingWords},
    {"lv_allocation_policy", "AllocPol", G, kString, 10, allocation_policy,
     "Where new extents of the volume may be placed."},
    {"lv_allocation_locked", "AllocLock", G, kFlag, 10, has_flag<LvFlag::locked>,
     "The extents may not be moved or changed now.", kLockedWords},
    {"lv_fixed_minor", "FixMin", G, kFlag, 10, has_flag<LvFlag::fixed_minor>,
     "The device gets the same number at every activation.", kMinorWords},
    {"lv_skip_activation", "SkipAct", G, kFlag, 15, has_flag<LvFlag::activation_skip>,
     "Activation passes the volume over unless told otherwise.", kSkipWords},
    {"lv_autoactivation", "AutoAct", G, kFlag, 7, autoactivation, "The volume may be activated as it appears.",
     kEnabledWords},
    {"lv_when_full", "WhenFull", G, kString, 15, nothing, "What a thin pool does once its space is used up.",
     kWhenFullWords},
    {"lv_active", "Active", G, kString, 6, active, "Whether the volume is active."},
    {"lv_active_locally", "ActLocal", G, kFlag, 10, active_here, "The volume is active on this host.", kLocallyWords},
    {"lv_active_remotely", "ActRemote", G, kFlag, 10, no_flag, "The volume is active on another host.", kRemotelyWords},
    {"lv_active_exclusively", "ActExcl", G, kFlag, 10, active_here, "The volume is active on one host alone.",
     kExclusivelyWords},
    {"lv_major", "Maj", G, kNumber, 3, major, "Fixed major number; -1 when there is none."},
    {"lv_minor", "Min", G, kNumber, 3, minor, "Fixed minor number; -1 when there is none."},
    {"lv_read_ahead", "Rahead", G, kSize, 6, read_ahead, "Read-ahead that is set for the volume.", kAutoWords},
    {"lv_size", "LSize", G, kSize, 5, size, "Size."},
    {"lv_metadata_size", "MSize", G, kSize, 5, nothing, "Size of the volume with the metadata of a pool."},
    {"seg_count", "#Seg", G, kNumber, 4, segment_count, "How many segments the volume has."},
    {"origin", "Origin", G, kString, 6, kinds::any_origin, "The volume that a snapshot or thin volume was made from."},
    {"origin_uuid", "Origin UUID", G, kString, 38, kinds::any_origin_uuid, "Identifier of the origin."},
    {"origin_size", "OSize", G, kSize, 5, kinds::any_origin_size, "Size of the origin of a snapshot."},
    {"lv_ancestors", "Ancestors", G, kList, 9, kinds::any_ancestors, "Origins of the volume, nearest first."},
    {"lv_full_ancestors", "FAncestors", G, kList, 10, kinds::any_full_ancestors,
     "Origins of the volume, those removed since included."},
    {"lv_descendants", "Descendants", G, kList, 11, kinds::any_descendants, "Volumes that have this one as an origin."},
    {"lv_full_descendants", "FDescendants", G, kList, 12, kinds::any_full_descendants,
     "Volumes that have this one as an origin, those removed since included."},
    {"raid_mismatch_count", "Mismatches", G, kNumber, 10, nothing, "Differences that a RAID check found."},
    {"raid_sync_action", "SyncAction", G, kString, 10, nothing, "What a RAID volume is doing to get in sync."},
    {"raid_write_behind", "WBehind", G, kNumber, 7, nothing, "Writes to writemostly devices that may be outstanding."},
    {"raid_min_recovery_rate", "MinSync", G, kNumber, 7, nothing, "Least recovery rate, KiB/s on each device."},
    {"raid_max_recovery_rate", "MaxSync", G, kNumber, 7, nothing, "Greatest recovery rate, KiB/s on each device."},
    {"raidintegritymode", "IntegMode", G, kString, 9, nothing, "How integrity data is written: journal or bitmap."},
    {"raidintegrityblocksize", "IntegBlkSize", G, kNumber, 12, minus_one, "Bytes that one checksum covers."},
    {"integritymismatches", "IntegMismatches", G, kNumber, 15, nothing, "Blocks that failed their checksum."},
    {"move_pv", "Move", G, kString, 4, nothing, "The PV that a pvmove volume empties."},
    {"move_pv_uuid", "Move UUID", G, kString, 38, nothing, "Identifier of the PV that a pvmove volume empties."},
    {"convert_lv", "Convert", G, kString, 7, nothing, "The temporary volume of a conversion."},
    {"convert_lv_uuid", "Convert UUID", G, kString, 38, nothing, "Identifier of the temporary volume of a conversion."},
    {"mirror_log", "Log", G, kString, 3, nothing, "The log volume of a mirror."},
    {"mirror_log_uuid", "Log UUID", G, kString, 38, nothing, "Identifier of the log volume of a mirror."},
    {"data_lv", "Data", G, kString, 4, nothing, "The volume with the data of a pool."},
    {"data_lv_uuid", "Data UUID", G, kString, 38, nothing, "Identifier of the data volume of a pool."},
    {"metadata_lv", "Meta", G, kString, 4, nothing, "The volume with the metadata of a pool."},
    {"metadata_lv_uuid", "Meta UUID", G, kString, 38, nothing, "Identifier of the metadata volume of a pool."},
    {"pool_lv", "Pool", G, kString, 4, nothing, "The pool a volume lives in or is cached by."},
    {"pool_lv_uuid", "Pool UUID", G, kString, 38, nothing, "Identifier of the pool."},
    {"lv_tags", "LV Tags", G, kList, 7, tags, "Tags."},
    {"lv_profile", "LProfile", G, kString, 8, profile, "The configuration profile attached to the volume."},
    {"lv_lockargs", "LLockArgs", G, kString, 9, lock_args, "What the lock manager keeps for the volume."},
    {"lv_time", "CTime", G, kTime, 26, time_created, "When the volume was made."},
    {"lv_time_removed", "RTime", G, kTime, 26, time_removed, "When a historical volume was removed."},
    {"lv_host", "Host", G, kString, 10, host, "The host that made the volume."},
    {"lv_modules", "Modules", G, kList, 7, kinds::modules, "Kernel modules that the volume needs."},
    {"lv_historical", "Historical", G, kFlag, 10, historical, "The volume is gone and only remembered.",
     kHistoricalWords},
    {"writecache_block_size", "WCacheBlkSize", G, kNumber, 13, minus_one, "Block size of a write cache."},
};

}  // namespace

namespace kinds {
void cache_volume_layout(const Row& row, Value& out) {
  bool writes = false;
  for (const LvUser& use : row.source->users(*row.lv)) writes = writes || use.role == model::Role::writecache_volume;
  out.add_item(writes ? "writecache" : "cache");
  out.add_item("cachevol");
}
void plain_layout(const Row& row, Value& out) {
  if (lv_of(row).flags.has(model::LvFlag::cache_vol)) return cache_volume_layout(row, out);
  bool linear = true;
  for (const auto& segment : row.lv->lv->segments)
    if (segment::stripe_count(segment) > 1) linear = false;
  out.add_item(linear ? "linear" : "striped");
}
void virtual_layout(const Row& row, Value& out) { out.add_item(is_thick_origin(row) ? "virtual" : "unknown"); }
}  // namespace kinds

std::span<const Field> lv_fields() { return kFields; }

}  // namespace lvm::report
