// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/attributes.h"
#include "report/fields/sections.h"

namespace lvm::report {
namespace {

using model::VgFlag;

void format(const Row& row, Value& out) {
  // PVs of no VG stand in a VG of their own, without a name.
  if (row.source->in_vg() || row.pv->label != nullptr) out.set_text("lvm2");
}

void uuid(const Row& row, Value& out) {
  if (!row.vg().id) return;
  out.buffer() = row.vg().id.dashed();
  out.set_composed();
}

void name(const Row& row, Value& out) {
  // A duplicate of a PV shows the VG it claims; it has no other part in it. Of no VG, LVM2 has a word for it.
  if (!row.source->in_vg() && row.pv->duplicate && row.pv->label != nullptr) {
    for (const world::MetadataArea& area : row.pv->label->areas)
      if (!area.vg_name.empty()) return out.set_text(area.vg_name);
    const auto* view = row.common().world->find_vg(row.pv->label->vg_id);
    return out.set_text(view ? std::string_view(view->vg->name) : "[unknown]");
  }
  out.set_text(row.vg().name);
}

void attr(const Row& row, Value& out) {
  append_vg_attr(out.buffer(), row);
  out.set_composed();
}

void permissions(const Row& row, Value& out) {
  out.set_text(row.vg().flags.has(VgFlag::write) ? "writeable" : "read-only");
}

template <VgFlag flag>
void has_flag(const Row& row, Value& out) {
  out.set_flag(row.vg().flags.has(flag));
}

void autoactivation(const Row& row, Value& out) { out.set_flag(!row.vg().flags.has(VgFlag::no_autoactivate)); }
void partial(const Row& row, Value& out) { out.set_flag(row.source->partial()); }

void allocation_policy(const Row& row, Value& out) {
  out.set_text(row.source->in_vg() ? allocation_name(row.vg().allocation) : "unknown");
}

void shared(const Row& row, Value& out) { out.set_flag(row.vg().shared()); }

void size(const Row& row, Value& out) { out.set_size(row.vg().size_of(row.source->extents())); }
void free(const Row& row, Value& out) { out.set_size(row.vg().size_of(row.source->free())); }
void system_id(const Row& row, Value& out) { out.set_text(row.vg().system_id); }
void lock_type(const Row& row, Value& out) { out.set_text(row.vg().lock_type); }
void lock_args(const Row& row, Value& out) { out.set_text(row.vg().lock_args); }
void extent_size(const Row& row, Value& out) { out.set_size(row.vg().extent_size); }
void extent_count(const Row& row, Value& out) { out.set_number(row.source->extents().n); }
void free_count(const Row& row, Value& out) { out.set_number(row.source->free().n); }
void max_lv(const Row& row, Value& out) { out.set_number(row.vg().max_lv); }
void max_pv(const Row& row, Value& out) { out.set_number(row.vg().max_pv); }
void pv_count(const Row& row, Value& out) { out.set_number(row.vg().pvs.size()); }
void missing_pv_count(const Row& row, Value& out) { out.set_number(row.source->missing_pvs()); }
void lv_count(const Row& row, Value& out) { out.set_number(row.source->visible_lvs()); }
void snapshot_count(const Row& row, Value& out) { out.set_number(row.source->snapshots()); }
void sequence_number(const Row& row, Value& out) { out.set_number(row.vg().seqno); }

void tags(const Row& row, Value& out) {
  out.start_list();
  for (const auto& tag : row.vg().tags) out.add_item(tag);
  out.sort_items();
}

void profile(const Row& row, Value& out) { out.set_text(row.vg().profile); }

const world::VgView* view(const Row& row) { return row.source->view(); }
void area_count(const Row& row, Value& out) { out.set_number(view(row) != nullptr ? view(row)->area_count : 0); }
void areas_used(const Row& row, Value& out) { out.set_number(view(row) != nullptr ? view(row)->areas_used : 0); }
void area_free(const Row& row, Value& out) {
  out.set_size(view(row) != nullptr ? to_sectors_floor(view(row)->area_free) : Sectors());
}
void area_size(const Row& row, Value& out) {
  out.set_size(view(row) != nullptr ? to_sectors_floor(view(row)->area_size) : Sectors());
}
void area_copies(const Row& row, Value& out) {
  if (row.vg().metadata_copies == 0)
    out.set_word("unmanaged", kUndefined);
  else
    out.set_number(row.vg().metadata_copies);
}

constexpr Word kPermissionWords[] = {
    {"rw", 0, "writeable"}, {"read-write", 0, "writeable"}, {"r", 0, "read-only"}, {"ro", 0, "read-only"}};
constexpr Word kExtendableWords[] = {{"extendable", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kExportedWords[] = {{"exported", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kEnabledWords[] = {{"enabled", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kPartialWords[] = {{"partial", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kClusteredWords[] = {{"clustered", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kSharedWords[] = {{"shared", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kUnmanagedWords[] = {{"unmanaged", kUndefined}};

constexpr auto G = Group::vg;
constexpr auto kString = Type::string;
constexpr auto kNumber = Type::number;
constexpr auto kSize = Type::size;
constexpr auto kFlag = Type::flag;

constexpr Field kFields[] = {
    {"vg_fmt", "Fmt", G, kString, 3, format, "Metadata format."},
    {"vg_uuid", "VG UUID", G, kString, 38, uuid, "Identifier of the group: never reused."},
    {"vg_name", "VG", G, kString, 2, name, "Name."},
    {"vg_attr", "Attr", G, kString, 4, attr, "Six letters: see vgs(8)."},
    {"vg_permissions", "VPerms", G, kString, 10, permissions, "Whether the group can be changed.", kPermissionWords},
    {"vg_extendable", "Extendable", G, kFlag, 10, has_flag<VgFlag::resizeable>, "PVs may be added and removed.",
     kExtendableWords},
    {"vg_exported", "Exported", G, kFlag, 10, has_flag<VgFlag::exported>, "The group is set aside for another system.",
     kExportedWords},
    {"vg_autoactivation", "AutoAct", G, kFlag, 7, autoactivation, "Volumes may be activated as the group appears.",
     kEnabledWords},
    {"vg_partial", "Partial", G, kFlag, 10, partial, "Some PV of the group is not there.", kPartialWords},
    {"vg_allocation_policy", "AllocPol", G, kString, 10, allocation_policy, "Where new extents may be placed."},
    {"vg_clustered", "Clustered", G, kFlag, 10, has_flag<VgFlag::clustered>, "A group of the retired clvmd.",
     kClusteredWords},
    {"vg_shared", "Shared", G, kFlag, 7, shared, "Several hosts use the group under lvmlockd.", kSharedWords},
    {"vg_size", "VSize", G, kSize, 5, size, "Size of all its PVs."},
    {"vg_free", "VFree", G, kSize, 5, free, "Space not allocated."},
    {"vg_sysid", "SYS ID", G, kString, 6, system_id, "The host that owns the group."},
    {"vg_systemid", "System ID", G, kString, 9, system_id, "The same as vg_sysid."},
    {"vg_lock_type", "LockType", G, kString, 8, lock_type, "The lock manager of a shared group."},
    {"vg_lock_args", "VLockArgs", G, kString, 9, lock_args, "What the lock manager keeps for the group."},
    {"vg_extent_size", "Ext", G, kSize, 3, extent_size, "Size of an extent."},
    {"vg_extent_count", "#Ext", G, kNumber, 4, extent_count, "How many extents there are."},
    {"vg_free_count", "Free", G, kNumber, 4, free_count, "How many extents are not allocated."},
    {"max_lv", "MaxLV", G, kNumber, 5, max_lv, "Most LVs allowed; 0 is no limit."},
    {"max_pv", "MaxPV", G, kNumber, 5, max_pv, "Most PVs allowed; 0 is no limit."},
    {"pv_count", "#PV", G, kNumber, 3, pv_count, "How many PVs there are."},
    {"vg_missing_pv_count", "#PV Missing", G, kNumber, 11, missing_pv_count, "How many PVs are not there."},
    {"lv_count", "#LV", G, kNumber, 3, lv_count, "How many LVs there are, parts left out."},
    {"snap_count", "#SN", G, kNumber, 3, snapshot_count, "How many snapshots there are."},
    {"vg_seqno", "Seq", G, kNumber, 3, sequence_number, "Number of the metadata: one more with each change."},
    {"vg_tags", "VG Tags", G, Type::list, 7, tags, "Tags."},
    {"vg_profile", "VProfile", G, kString, 8, profile, "The configuration profile attached to the group."},
    {"vg_mda_count", "#VMda", G, kNumber, 5, area_count, "How many metadata areas there are."},
    {"vg_mda_used_count", "#VMdaUse", G, kNumber, 8, areas_used, "How many metadata areas are in use."},
    {"vg_mda_free", "VMdaFree", G, kSize, 9, area_free, "Free space in the fullest metadata area."},
    {"vg_mda_size", "VMdaSize", G, kSize, 9, area_size, "Size of the smallest metadata area."},
    {"vg_mda_copies", "#VMdaCps", G, kNumber, 8, area_copies, "How many metadata areas are meant to be in use.",
     kUnmanagedWords},
};

}  // namespace

std::span<const Field> vg_fields() { return kFields; }

}  // namespace lvm::report
