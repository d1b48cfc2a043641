// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/history.h"
#include "model/index.h"
#include "model/relations.h"
#include "report/settings.h"
#include "world/world.h"

namespace lvm::report {

// What every cell of a report may ask for.
struct Common {
  const world::World* world = nullptr;
  const Settings* settings = nullptr;
  // Whether the state of pools is that of the layer below (which is asked for its status), or of what users open.
  bool layers = true;
  bool history = false;  // volumes that are gone are told of, too
};

// A PV of a VG, an orphan PV, or a plain device.
struct PvEntry {
  const model::Pv* pv = nullptr;           // null outside a VG
  const world::PvDevice* label = nullptr;  // null when missing, or when the device has no label
  const device::Device* device = nullptr;  // null when missing
  std::uint32_t position = 0;              // in vg.pvs
  bool duplicate = false;

  bool missing() const { return pv != nullptr && (device == nullptr || pv->missing()); }
};

// A run of extents of one PV: allocated to a segment, or free.
struct PvRange {
  Extents start, count;
  std::optional<model::Allocated> use;
};

// Who names an LV: as an image, as a pool's data, as an origin...
using LvUser = model::Relation;

struct LvEntry {
  const model::Lv* lv = nullptr;
  const world::LiveDevice* live = nullptr;  // null: not in the kernel, or not known
  // What users open. It differs from `live` for pools: their state is that of a layer below.
  const world::LiveDevice* top = nullptr;
  // Whose status tells how the volume is: `live`, or a layer that is there without it.
  const world::LiveDevice* status = nullptr;
  std::uint32_t position = 0;                    // in vg.lvs
  const metadata::HistoricalLv* gone = nullptr;  // set: a volume that is only remembered; `lv` has its name, no more
};

// One VG as reports see it. Look-ups that only some columns need are made when first asked for. The World
// must outlive it.
class Source {
 public:
  Source(const Common& common, const world::VgView& view);
  // PVs and devices of no VG.
  Source(const Common& common, std::vector<PvEntry> outside);

  const Common& common() const { return *common_; }
  const model::Vg& vg() const { return *vg_; }  // an empty one for PVs of no VG
  const world::VgView* view() const { return view_; }
  bool in_vg() const { return view_ != nullptr; }
  bool partial() const;
  std::uint32_t missing_pvs() const;
  std::uint32_t visible_lvs() const;
  std::uint32_t snapshots() const;  // copy-on-write snapshots

  std::span<const PvEntry> pvs() const { return pvs_; }
  std::span<const LvEntry> lvs() const { return lvs_; }
  // Volumes that are gone, when they are to be told of.
  std::span<const LvEntry> gone() const { return gone_; }
  std::span<const metadata::HistoricalLv> history() const { return history_; }
  const model::Index& index() const;
  const model::Relations& relations() const;
  // Who names the LV, and whom it names; by entry or by position.
  std::span<const LvUser> users(const LvEntry& lv) const;
  std::span<const LvUser> users_at(std::uint32_t lv) const { return relations().users(lv); }
  std::span<const LvUser> uses_at(std::uint32_t lv) const { return relations().uses(lv); }
  // The device of a layer of the LV: "real" below its snapshots. Null when there is none.
  const world::LiveDevice* layer(const LvEntry& lv, std::string_view name) const;
  // The path of a PV, or "[unknown]".
  std::string_view pv_path(PvId id) const;
  std::string_view path_of(const PvEntry& pv) const;
  const model::Lv* lv(LvId id) const { return index().lv(id); }

  Extents extents() const;
  Extents free() const;
  Extents allocated(const PvEntry& pv) const;
  std::span<const PvRange> ranges(const PvEntry& pv) const;

  // Some extent of the LV, or of an LV under it, lies on a missing PV.
  bool partial(const LvEntry& lv) const;
  bool visible(const LvEntry& lv) const { return lv.lv->visible(); }
  // The LV that this one is a part of; null for a top-level LV.
  const LvUser* user(const LvEntry& lv) const;

 private:
  void find_devices(LvEntry& entry) const;
  void find_merges();
  void add_gone();
  void collect_usage() const;
  bool find_partial(std::uint32_t position, std::uint32_t depth) const;

  const Common* common_;
  const world::VgView* view_ = nullptr;
  const model::Vg* vg_;
  std::vector<PvEntry> pvs_;
  std::vector<LvEntry> lvs_, gone_;
  std::vector<metadata::HistoricalLv> history_;
  std::vector<model::Lv> gone_lvs_;
  mutable std::optional<model::Index> index_;
  mutable std::optional<model::Relations> relations_;
  mutable bool usage_known_ = false;
  mutable std::vector<std::vector<PvRange>> ranges_;  // by PV position
  mutable std::vector<Extents> allocated_;
  mutable std::optional<Extents> free_;
  mutable std::vector<std::uint8_t> partial_;  // 0 not asked yet, 1 no, 2 yes
};

// A line of the command log (lvmreport(7), "Log report content").
struct LogEntry {
  std::uint32_t number = 0;
  std::string type, context;
  std::string object_type, object_name, object_id, object_group, object_group_id;
  std::string message;
  std::int64_t error_number = 0, return_code = 0;
};

// A kind of block device, for `lvm devtypes`.
struct DeviceType {
  std::string_view name;
  std::uint32_t max_partitions = 1;
  std::string_view description;
};

// What one row of a report stands for. Members that a row lacks point at empty values, so that getters
// need no special cases: an orphan PV has an unnamed VG, a free range has an unnamed LV without segments.
struct Row {
  const Source* source = nullptr;
  const PvEntry* pv = nullptr;
  const LvEntry* lv = nullptr;
  const model::Segment* segment = nullptr;  // null: free space, or an LV without segments
  const PvRange* range = nullptr;
  const LogEntry* log = nullptr;
  const DeviceType* device_type = nullptr;
  bool selected = true;

  const model::Vg& vg() const { return source->vg(); }
  const Common& common() const { return source->common(); }
};

}  // namespace lvm::report
