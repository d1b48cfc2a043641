// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "report/attributes.h"
#include "report/fields/sections.h"

namespace lvm::report {
namespace {

using model::PvFlag;

PvId id_of(const PvEntry& pv) {
  if (pv.pv != nullptr) return pv.pv->id;
  return pv.label != nullptr ? pv.label->id : PvId();
}

bool is_pv(const PvEntry& pv) { return pv.pv != nullptr || pv.label != nullptr; }

void format(const Row& row, Value& out) {
  if (is_pv(*row.pv)) out.set_text("lvm2");
}

void uuid(const Row& row, Value& out) {
  const PvId id = id_of(*row.pv);
  if (!id) return;
  out.buffer() = id.dashed();
  out.set_composed();
}

Sectors device_size(const PvEntry& pv) { return pv.device == nullptr ? Sectors() : to_sectors_floor(pv.device->size); }
void dev_size(const Row& row, Value& out) { out.set_size(device_size(*row.pv)); }

void name(const Row& row, Value& out) { out.set_text(row.source->path_of(*row.pv)); }

// The reference reports device numbers as strings.
// Images have none: what the embedded engine calls them is its own affair.
dm::DeviceNumber device_number(const Row& row) {
  const device::Device* device = row.pv->device;
  return device == nullptr || device->image ? dm::DeviceNumber() : device->number;
}
void set_device_number(Value& out, std::uint32_t number) {
  append_number(out.buffer(), number);
  out.set_composed();
}
void major(const Row& row, Value& out) { set_device_number(out, device_number(row).major); }
void minor(const Row& row, Value& out) { set_device_number(out, device_number(row).minor); }

// The least over the metadata areas of the device.
template <class Measure>
Sectors smallest(const PvEntry& pv, Measure measure) {
  if (pv.label == nullptr || pv.label->areas.empty()) return Sectors();
  Bytes least = measure(pv.label->areas.front());
  for (const auto& area : pv.label->areas) least = std::min(least, measure(area));
  return to_sectors_floor(least);
}

void area_free(const Row& row, Value& out) {
  out.set_size(smallest(*row.pv, [](const world::MetadataArea& area) { return world::area_free(area); }));
}
void area_size(const Row& row, Value& out) {
  out.set_size(smallest(*row.pv, [](const world::MetadataArea& area) { return area.size; }));
}

void extension_version(const Row& row, Value& out) {
  if (row.pv->label != nullptr) out.set_number(row.pv->label->extension_version);
}

void pe_start(const Row& row, Value& out) {
  if (row.pv->pv != nullptr)
    out.set_size(row.pv->pv->pe_start);
  else
    out.set_size(row.pv->label != nullptr ? to_sectors_floor(row.pv->label->data_start) : Sectors());
}

// A PV of no VG offers its whole device.
Sectors outside_size(const PvEntry& pv) {
  if (pv.label == nullptr || pv.duplicate) return Sectors();
  return pv.label->header_size.n != 0 ? to_sectors_floor(pv.label->header_size) : device_size(pv);
}

void size(const Row& row, Value& out) {
  if (row.pv->pv != nullptr)
    out.set_size(row.vg().size_of(row.pv->pv->pe_count));
  else
    out.set_size(outside_size(*row.pv));
}

Extents free_extents(const Row& row) {
  const Extents used = row.source->allocated(*row.pv);
  const Extents all = row.pv->pv->pe_count;
  return used < all ? all - used : Extents();
}

void free(const Row& row, Value& out) {
  if (row.pv->pv != nullptr)
    out.set_size(row.vg().size_of(free_extents(row)));
  else
    out.set_size(outside_size(*row.pv));
}

void used(const Row& row, Value& out) { out.set_size(row.vg().size_of(row.source->allocated(*row.pv))); }

void attr(const Row& row, Value& out) {
  append_pv_attr(out.buffer(), row);
  out.set_composed();
}

void allocatable(const Row& row, Value& out) {
  out.set_flag(row.pv->pv != nullptr && row.pv->pv->flags.has(PvFlag::allocatable));
}
void exported(const Row& row, Value& out) {
  out.set_flag(row.pv->pv != nullptr && (row.vg().exported() || row.pv->pv->flags.has(PvFlag::exported)));
}
void missing(const Row& row, Value& out) { out.set_flag(row.pv->missing()); }

void pe_count(const Row& row, Value& out) { out.set_number(row.pv->pv == nullptr ? 0 : row.pv->pv->pe_count.n); }
void pe_used(const Row& row, Value& out) { out.set_number(row.source->allocated(*row.pv).n); }

void tags(const Row& row, Value& out) {
  out.start_list();
  if (row.pv->pv == nullptr) return;
  for (const auto& tag : row.pv->pv->tags) out.add_item(tag);
  out.sort_items();
}

void area_count(const Row& row, Value& out) {
  out.set_number(row.pv->label == nullptr || row.pv->duplicate ? 0 : row.pv->label->areas.size());
}
void area_used_count(const Row& row, Value& out) {
  std::uint64_t count = 0;
  if (row.pv->label != nullptr && !row.pv->duplicate)
    for (const auto& area : row.pv->label->areas) count += area.ignored ? 0 : 1;
  out.set_number(count);
}

void boot_start(const Row& row, Value& out) {
  if (row.pv->pv != nullptr)
    out.set_size(row.pv->pv->boot_start);
  else
    out.set_size(row.pv->label != nullptr ? to_sectors_floor(row.pv->label->boot_start) : Sectors());
}
void boot_size(const Row& row, Value& out) {
  if (row.pv->pv != nullptr)
    out.set_size(row.pv->pv->boot_size);
  else
    out.set_size(row.pv->label != nullptr ? to_sectors_floor(row.pv->label->boot_size) : Sectors());
}

void in_use(const Row& row, Value& out) {
  out.set_flag(row.pv->pv != nullptr || (row.pv->label != nullptr && row.pv->label->used));
}
void duplicate(const Row& row, Value& out) { out.set_flag(row.pv->duplicate); }
void device_id(const Row& row, Value& out) {
  if (row.pv->pv != nullptr) out.set_text(row.pv->pv->device_id);
}
void device_id_type(const Row& row, Value& out) {
  if (row.pv->pv != nullptr) out.set_text(row.pv->pv->device_id_type);
}

constexpr Word kAllocatableWords[] = {{"allocatable", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kExportedWords[] = {{"exported", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kMissingWords[] = {{"missing", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kUsedWords[] = {{"used", 1}, {"in use", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kDuplicateWords[] = {{"duplicate", 1}, {"yes", 1}, {"no", 0}};

constexpr auto L = Group::label;
constexpr auto P = Group::pv;
constexpr auto kString = Type::string;
constexpr auto kNumber = Type::number;
constexpr auto kSize = Type::size;
constexpr auto kFlag = Type::flag;

constexpr Field kLabelFields[] = {
    {"pv_fmt", "Fmt", L, kString, 3, format, "Metadata format."},
    {"pv_uuid", "PV UUID", L, kString, 38, uuid, "Identifier of the volume: never reused."},
    {"dev_size", "DevSize", L, kSize, 7, dev_size, "Size of the device."},
    {"pv_name", "PV", L, kString, 10, name, "Path of the device."},
    {"pv_major", "Maj", L, kString, 3, major, "Major number of the device."},
    {"pv_minor", "Min", L, kString, 3, minor, "Minor number of the device."},
    {"pv_mda_free", "PMdaFree", L, kSize, 9, area_free, "Free space in the fullest metadata area of the device."},
    {"pv_mda_size", "PMdaSize", L, kSize, 9, area_size, "Size of the smallest metadata area of the device."},
    {"pv_ext_vsn", "PExtVsn", L, kNumber, 7, extension_version, "Version of the PV header extension."},
};

constexpr Field kPvFields[] = {
    {"pe_start", "1st PE", P, kSize, 7, pe_start, "Where the first extent begins on the device."},
    {"pv_size", "PSize", P, kSize, 5, size, "Size of the PV."},
    {"pv_free", "PFree", P, kSize, 5, free, "Space not allocated."},
    {"pv_used", "Used", P, kSize, 4, used, "Space allocated."},
    {"pv_attr", "Attr", P, kString, 4, attr, "Three letters: see pvs(8)."},
    {"pv_allocatable", "Allocatable", P, kFlag, 11, allocatable, "New extents may be allocated here.",
     kAllocatableWords},
    {"pv_exported", "Exported", P, kFlag, 10, exported, "The PV belongs to an exported VG.", kExportedWords},
    {"pv_missing", "Missing", P, kFlag, 10, missing, "The device is not there.", kMissingWords},
    {"pv_pe_count", "PE", P, kNumber, 3, pe_count, "How many extents the PV has."},
    {"pv_pe_alloc_count", "Alloc", P, kNumber, 5, pe_used, "How many of its extents are allocated."},
    {"pv_tags", "PV Tags", P, Type::list, 7, tags, "Tags."},
    {"pv_mda_count", "#PMda", P, kNumber, 5, area_count, "How many metadata areas the device has."},
    {"pv_mda_used_count", "#PMdaUse", P, kNumber, 8, area_used_count, "How many of its metadata areas are in use."},
    {"pv_ba_start", "BA Start", P, kSize, 8, boot_start, "Where the boot loader area begins."},
    {"pv_ba_size", "BA Size", P, kSize, 7, boot_size, "Size of the boot loader area."},
    {"pv_in_use", "PInUse", P, kFlag, 6, in_use, "The PV belongs to a VG.", kUsedWords},
    {"pv_duplicate", "Duplicate", P, kFlag, 9, duplicate, "Another device with the same identifier is used instead.",
     kDuplicateWords},
    {"pv_device_id", "DeviceID", P, kString, 8, device_id, "Identifier of the device, such as its WWID."},
    {"pv_device_id_type", "DeviceIDType", P, kString, 12, device_id_type, "What kind of identifier that is."},
};

}  // namespace

std::span<const Field> label_fields() { return kLabelFields; }
std::span<const Field> pv_fields() { return kPvFields; }

}  // namespace lvm::report
