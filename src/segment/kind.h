// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "dm/types.h"
#include "model/vg.h"
#include "syntax/document.h"
#include "syntax/printer.h"

// A segment kind is one file and one row. The row knows everything about the kind.
namespace lvm::segment {

// Names of PVs and LVs while a text is read or written: "pv0" <-> PvId, "lvol0" <-> LvId.
class Names {
 public:
  virtual ~Names() = default;
  virtual std::optional<PvId> pv_id(std::string_view name) const = 0;
  virtual std::optional<LvId> lv_id(std::string_view name) const = 0;
  virtual std::string_view pv_name(PvId id) const = 0;
  virtual std::string_view lv_name(LvId id) const = 0;
  virtual Sectors extent_size() const { return {}; }  // for comments
};

// Where the areas of a segment lie when a table is built.
class Devices {
 public:
  virtual ~Devices() = default;
  // The device of a PV, or the filler device that stands in for a missing one.
  virtual Result<dm::DeviceRef> pv_device(PvId pv) const = 0;
  virtual Sectors pe_start(PvId pv) const = 0;
  // The device of an LV that stands in this role below another: its own, or one of its layers.
  virtual Result<dm::DeviceRef> lv_device(LvId lv, model::Role role) const = 0;
  virtual Sectors extent_size() const = 0;
  virtual bool use_linear_target() const = 0;

  // What targets of some kinds ask beyond devices.
  virtual const model::Vg& vg() const = 0;
  virtual const model::Lv* find_lv(LvId lv) const = 0;
  // Who names this LV in this role.
  virtual std::vector<const model::Lv*> users(LvId lv, model::Role role) const = 0;
  // A raid image that was split off, to be merged back later: the raid goes on without it.
  virtual bool absent(LvId lv) const = 0;
  // The command says that new images need no synchronisation (--nosync).
  virtual bool nosync() const = 0;
  // Nobody is told when a disk of a mirror fails, and so the kernel does not wait for anybody (--monitor n).
  virtual bool unmonitored() const = 0;
  // Percent at which the pool is to be extended; 100 = never.
  virtual std::uint32_t thin_pool_threshold(const model::Lv& pool) const = 0;
};

// A device cut out of another one: the metadata or data part of a cache volume.
struct Slice {
  LvId lv;
  std::string_view layer;  // "cdata": behind the LV's name, and behind its uuid
  Sectors start, length;
  model::Role role;  // the part of `lv` that tables ask for
};

struct Kind {
  std::string_view name;  // in metadata text and in reports ("striped")
  // Where one kind has many words in the text (raid levels): all of them, and the one of a segment.
  std::span<const std::string_view> names = {};
  std::string_view (*type_name)(const model::SegmentBody& body) = nullptr;
  std::string_view single_name = {};  // reported when there is one area ("linear"), else empty
  std::string_view module;            // kernel module / target it needs ("striped"), empty for none
  bool is_virtual;                    // owns no extents (error, zero)

  // The kind-specific keys of a segmentN section. `known` collects the keys consumed, so that the
  // reader can keep the others.
  Result<model::SegmentBody> (*read)(const syntax::Node& section, const Names& names);
  std::span<const std::string_view> keys;  // every key this kind reads
  // Further keys, by their look ("message1"); may be null.
  bool (*owns_key)(std::string_view key) = nullptr;
  void (*write)(const model::SegmentBody& body, syntax::Printer& out, const Names& names);

  std::span<const model::Area> (*areas)(const model::SegmentBody& body);
  // Extents that each area holds, for a segment of `count` logical extents.
  Extents (*area_length)(const model::SegmentBody& body, Extents count);
  // The kind's own invariants.
  Result<> (*check)(const model::Segment& segment);
  // What stands in the device-mapper for this segment. `start` is the table offset.
  Result<dm::Target> (*target)(const model::Lv& lv, const model::Segment& segment, Sectors start,
                               const Devices& devices);
  // The target stands in this layer ("tpool"); the LV's own device is a read-only view of it. Pools.
  std::string_view layer = {};
  // How much of it the view shows, when not all; may be null.
  Sectors (*view_length)(const model::Segment& segment) = nullptr;
  // Devices that must be cut out of parts before the target is loaded; may be null.
  std::vector<Slice> (*slices)(const model::Segment& segment) = nullptr;
};

// Every kind this program knows, UnknownSegment last.
std::span<const Kind* const> kinds();
const Kind* find_kind(std::string_view name);  // by metadata name; "linear" is an alias of "striped"
const Kind& kind_of(const model::SegmentBody& body);

// Whether the raw text of a segment of unknown type seems to name this volume: a rename would then break
// the reference, so planners refuse it. Always false for known kinds, which refer by id.
bool references_name(const model::SegmentBody& body, std::string_view name);

// Conveniences over the row.
std::string_view type_name(const model::Segment& segment);   // "linear", "striped", ...
std::string type_word(const model::Segment& segment);        // as LVM2's refusals have it: "thinpool", "cachepool"
std::string_view text_name(const model::SegmentBody& body);  // as the metadata text has it: "striped", "raid1"
bool has_key(const Kind& kind, std::string_view key);
std::span<const model::Area> areas(const model::Segment& segment);
inline std::span<model::Area> areas(model::Segment& segment) {
  std::span<const model::Area> view = areas(std::as_const(segment));
  return {const_cast<model::Area*>(view.data()), view.size()};
}
Extents area_length(const model::Segment& segment);
// Data stripes of the segment: 1 unless striped.
std::uint32_t stripe_count(const model::Segment& segment);
Sectors stripe_size(const model::Segment& segment);

}  // namespace lvm::segment
