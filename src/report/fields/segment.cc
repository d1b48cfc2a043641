// SPDX-License-Identifier: LGPL-2.1-or-later
#include <optional>
#include <span>
#include <variant>

#include "base/size_units.h"
#include "report/fields/sections.h"
#include "report/kinds/raid.h"
#include "report/kinds/snapshot.h"
#include "report/source.h"
#include "segment/kind.h"

// Segments of an LV. A row of free space has none: its fields tell of the free range.
namespace lvm::report {
namespace {

Extents count_of(const Row& row) {
  if (row.segment != nullptr) return row.segment->count;
  return row.range != nullptr ? row.range->count : Extents();
}

Extents start_of(const Row& row) { return row.segment != nullptr ? row.segment->start : Extents(); }

void type(const Row& row, Value& out) {
  const std::string_view none = row.lv->gone != nullptr ? "historical" : "free";
  out.set_text(row.segment != nullptr ? segment::type_name(*row.segment) : none);
}

// What a segment lies on as reports tell it: its areas, or the one LV that it is a layer of.
class Areas {
 public:
  explicit Areas(const Row& row) : areas_(segment::areas(*row.segment)) {
    length_ = areas_.empty() ? row.segment->count : segment::area_length(*row.segment);
    if (!areas_.empty()) return;
    model::for_each_reference(row.segment->body, [&](const model::Reference& reference) {
      if (model::row_of(reference.role).same_length) below_ = model::LvArea{reference.lv, Extents()};
    });
    // LVM2 tells the extents that the pool has, not those that it shows.
    if (const auto* vdo = std::get_if<model::Vdo>(&row.segment->body)) {
      below_ = model::LvArea{vdo->pool, vdo->offset};
      if (const model::Lv* pool = row.source->lv(vdo->pool)) length_ = pool->extents();
    }
    if (below_) areas_ = {&*below_, 1};
  }
  Areas(const Areas&) = delete;
  Areas& operator=(const Areas&) = delete;
  std::span<const model::Area> all() const { return areas_; }
  Extents length() const { return length_; }

 private:
  std::optional<model::Area> below_;
  std::span<const model::Area> areas_;
  Extents length_;
};

void stripes(const Row& row, Value& out) { out.set_number(row.segment != nullptr ? Areas(row).all().size() : 0); }

void copies(const Row& row, Value& out) {
  if (row.segment != nullptr) out.set_number(1);
}

void stripe_size(const Row& row, Value& out) {
  out.set_size(row.segment != nullptr ? segment::stripe_size(*row.segment) : Sectors());
}

void start(const Row& row, Value& out) { out.set_size(row.vg().size_of(start_of(row))); }
void start_extent(const Row& row, Value& out) { out.set_number(start_of(row).n); }
void size(const Row& row, Value& out) { out.set_size(row.vg().size_of(count_of(row))); }
void size_extents(const Row& row, Value& out) { out.set_number(count_of(row).n); }

void tags(const Row& row, Value& out) {
  out.start_list();
  if (row.segment == nullptr) return;
  for (const auto& tag : row.segment->tags) out.add_item(tag);
  out.sort_items();
}

struct Place {
  std::string_view name;
  Extents start;
  bool hidden = false;  // a part of another volume
};
Place place_of(const Row& row, const model::Area& area) {
  if (const auto* on_pv = std::get_if<model::PvArea>(&area)) return {row.source->pv_path(on_pv->pv), on_pv->start};
  const auto& on_lv = std::get<model::LvArea>(area);
  const model::Lv* lv = row.source->lv(on_lv.lv);
  if (lv == nullptr) return {{}, on_lv.start};
  return {lv->name, on_lv.start, !lv->visible()};
}

void devices(const Row& row, Value& out) {
  out.start_list(',');
  if (row.segment == nullptr) return;
  auto& text = out.buffer();
  const Areas areas(row);
  for (const auto& area : areas.all()) {
    const Place place = place_of(row, area);
    text += place.name;
    text += '(';
    append_number(text, place.start.n);
    text += ')';
    out.end_item();
  }
}

void add_ranges(const Row& row, bool mark_hidden, Value& out) {
  if (row.segment == nullptr) return;
  auto& text = out.buffer();
  const Areas areas(row);
  const Extents length = areas.length();
  for (const auto& area : areas.all()) {
    const Place place = place_of(row, area);
    const bool marked = mark_hidden && place.hidden;
    if (marked) text += '[';
    text += place.name;
    if (marked) text += ']';
    text += ':';
    append_number(text, place.start.n);
    text += '-';
    append_number(text, length.n == 0 ? place.start.n : place.start.n + length.n - 1);
    out.end_item();
  }
}

void pe_ranges(const Row& row, Value& out) {
  out.start_list(' ');
  add_ranges(row, false, out);
}
void le_ranges(const Row& row, Value& out) {
  out.start_list();
  add_ranges(row, row.common().settings->mark_hidden, out);
}
void empty_list(const Row&, Value& out) { out.start_list(); }

constexpr Word kZeroWords[] = {{"zero", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kVdoWords[] = {{"enabled", 1}, {"yes", 1}, {"no", 0}};
constexpr Word kUndefinedWords[] = {{"undefined", 0, ""}};

constexpr auto G = Group::segment;
constexpr auto kString = Type::string;
constexpr auto kNumber = Type::number;
constexpr auto kSize = Type::size;
constexpr auto kList = Type::list;
constexpr auto kFlag = Type::flag;

constexpr Field kFields[] = {
    {"segtype", "Type", G, kString, 4, type, "What the segment is."},
    {"stripes", "#Str", G, kNumber, 4, stripes, "How many stripes, images or legs there are."},
    {"data_stripes", "#DStr", G, kNumber, 5, stripes, "How many of them hold data rather than parity."},
    {"reshape_len", "RSize", G, kSize, 5, kinds::any_reshape_size, "Space kept for a reshape of a RAID volume."},
    {"reshape_len_le", "RSize", G, kNumber, 5, kinds::any_reshape_extents, "The same, in extents."},
    {"data_copies", "#Cpy", G, kNumber, 4, copies, "How many copies of the data there are."},
    {"data_offset", "DOff", G, kNumber, 4, kinds::any_data_offset, "Where the data begins on each image."},
    {"new_data_offset", "NOff", G, kNumber, 4, kinds::any_data_offset, "Where it will begin after a reshape."},
    {"parity_chunks", "#Par", G, kNumber, 4, nothing, "How many parity chunks a stripe has."},
    {"stripe_size", "Stripe", G, kSize, 6, stripe_size, "Data on one device before the next one follows."},
    {"region_size", "Region", G, kSize, 6, zero_size, "Unit in which images are synchronised."},
    {"chunk_size", "Chunk", G, kSize, 5, kinds::any_chunk_size, "Unit of a snapshot, pool or cache."},
    {"thin_count", "#Thins", G, kNumber, 6, nothing, "How many thin volumes a pool has."},
    {"discards", "Discards", G, kString, 8, nothing, "How a thin pool treats discards."},
    {"cache_metadata_format", "CMFmt", G, kNumber, 5, nothing, "Metadata format of a cache."},
    {"cache_mode", "CacheMode", G, kString, 9, nothing, "How a cache treats writes."},
    {"zero", "Zero", G, kFlag, 4, undefined, "A thin pool zeroes new blocks.", kZeroWords},
    {"transaction_id", "TransId", G, kNumber, 7, nothing, "Transaction of a thin pool, or that made a thin volume."},
    {"thin_id", "ThId", G, kNumber, 4, nothing, "Number of a thin volume in its pool."},
    {"seg_start", "Start", G, kSize, 5, start, "Where the segment begins in the volume."},
    {"seg_start_pe", "Start", G, kNumber, 5, start_extent, "The same, in extents."},
    {"seg_size", "SSize", G, kSize, 5, size, "Size of the segment."},
    {"seg_size_pe", "SSize", G, kNumber, 5, size_extents, "The same, in extents.", {}, true},
    {"seg_tags", "Seg Tags", G, kList, 8, tags, "Tags."},
    {"seg_pe_ranges", "PE Ranges", G, kList, 9, pe_ranges, "Extents underneath; seg_le_ranges is easier to split."},
    {"seg_le_ranges", "LE Ranges", G, kList, 9, le_ranges, "Extents underneath, as commands take them."},
    {"seg_metadata_le_ranges", "Metadata LE Ranges", G, kList, 18, empty_list,
     "Extents underneath that hold metadata."},
    {"devices", "Devices", G, kList, 7, devices, "Devices underneath, each with its first extent."},
    {"metadata_devices", "Metadata Devs", G, kList, 13, empty_list, "Devices underneath that hold metadata."},
    {"seg_monitor", "Monitor", G, kString, 7, nothing, "Whether dmeventd watches the segment.", kUndefinedWords},
    {"cache_policy", "CachePolicy", G, kString, 11, nothing, "Policy of a cache.", kUndefinedWords},
    {"cache_settings", "CacheSettings", G, kList, 13, empty_list, "Settings of a cache."},
    {"vdo_compression", "VDOCompression", G, kFlag, 14, nothing, "The pool compresses data.", kVdoWords},
    {"vdo_deduplication", "VDODeduplication", G, kFlag, 16, nothing, "The pool finds duplicate data.", kVdoWords},
    {"vdo_use_metadata_hints", "VDOMetadataHints", G, kFlag, 16, nothing, "The pool marks its metadata writes.",
     kVdoWords},
    {"vdo_minimum_io_size", "VDOMinimumIOSize", G, kSize, 16, nothing, "Least I/O size of the pool."},
    {"vdo_block_map_cache_size", "VDOBlockMapCacheSize", G, kSize, 20, nothing, "Cache of the block map."},
    {"vdo_block_map_era_length", "VDOBlockMapEraLength", G, kNumber, 20, nothing,
     "How long changes of the block map stay in memory."},
    {"vdo_use_sparse_index", "VDOSparseIndex", G, kFlag, 14, nothing, "The index is sparse.", kVdoWords},
    {"vdo_index_memory_size", "VDOIndexMemorySize", G, kSize, 18, nothing, "Memory of the index."},
    {"vdo_slab_size", "VDOSlabSize", G, kSize, 11, nothing, "The unit in which the pool grows."},
    {"vdo_ack_threads", "VDOAckThreads", G, kNumber, 13, nothing, "Threads that acknowledge I/O."},
    {"vdo_bio_threads", "VDOBioThreads", G, kNumber, 13, nothing, "Threads that submit I/O."},
    {"vdo_bio_rotation", "VDOBioRotation", G, kNumber, 14, nothing, "I/O given to one thread before the next."},
    {"vdo_cpu_threads", "VDOCPUThreads", G, kNumber, 13, nothing, "Threads that compress and hash."},
    {"vdo_hash_zone_threads", "VDOHashZoneThreads", G, kNumber, 18, nothing, "Threads for parts of the hash space."},
    {"vdo_logical_threads", "VDOLogicalThreads", G, kNumber, 17, nothing, "Threads for parts of the logical space."},
    {"vdo_physical_threads", "VDOPhysicalThreads", G, kNumber, 18, nothing, "Threads for parts of the physical space."},
    {"vdo_max_discard", "VDOMaxDiscard", G, kNumber, 13, nothing, "Largest discard the pool takes."},
    {"vdo_write_policy", "VDOWritePolicy", G, kString, 14, nothing, "When a write is acknowledged."},
    {"vdo_header_size", "VDOHeaderSize", G, kSize, 13, nothing, "Space in front of the data of the pool."},
};

}  // namespace

std::span<const Field> segment_fields() { return kFields; }

}  // namespace lvm::report
