// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/vg.h"

// Fast look-ups over one VG. The VG must outlive them and stay as it is.
namespace lvm::model {

// Positions in a vector, found by the hash of a key: open addressing, at most half full. Of equal keys the
// first one that was put in is found.
class PositionTable {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  // Room for `count` entries; forgets the old ones.
  void reset(std::size_t count);

  // `same(position)` compares keys. False: an equal key was there already.
  template <class Same>
  bool insert(std::size_t hash, std::uint32_t position, Same same) {
    for (std::size_t at = spread(hash);; at = (at + 1) & mask_) {
      if (slots_[at] == kNone) {
        slots_[at] = position;
        return true;
      }
      if (same(slots_[at])) return false;
    }
  }
  template <class Same>
  std::uint32_t find(std::size_t hash, Same same) const {
    if (slots_.empty()) return kNone;
    for (std::size_t at = spread(hash);; at = (at + 1) & mask_)
      if (slots_[at] == kNone || same(slots_[at])) return slots_[at];
  }

 private:
  std::size_t spread(std::size_t hash) const { return (hash ^ (hash >> 32)) & mask_; }

  std::vector<std::uint32_t> slots_;
  std::size_t mask_ = 0;
};

// PVs by id.
class PvIndex {
 public:
  explicit PvIndex(const Vg& vg);
  const Pv* find(PvId id) const;
  std::optional<std::uint32_t> position(PvId id) const;  // in vg.pvs
  bool has_duplicates() const { return duplicates_; }

 private:
  const Vg* vg_;
  PositionTable by_id_;
  bool duplicates_ = false;
};

// PVs by id, LVs by id and by name.
class Index {
 public:
  explicit Index(const Vg& vg);

  const Vg& vg() const { return *vg_; }
  const Pv* pv(PvId id) const { return pvs_.find(id); }
  const Lv* lv(LvId id) const;
  const Lv* lv(std::string_view name) const;
  std::optional<std::uint32_t> pv_position(PvId id) const { return pvs_.position(id); }
  std::optional<std::uint32_t> lv_position(LvId id) const;

  // Positions of the first LV whose id or name an earlier one has; kNone when all differ.
  std::uint32_t duplicate_id() const { return duplicate_id_; }
  std::uint32_t duplicate_name() const { return duplicate_name_; }
  bool duplicate_pv_id() const { return pvs_.has_duplicates(); }

 private:
  const Vg* vg_;
  PvIndex pvs_;
  PositionTable by_id_, by_name_;
  std::uint32_t duplicate_id_ = PositionTable::kNone, duplicate_name_ = PositionTable::kNone;
};

// A run of physical extents that a segment owns.
struct Allocated {
  Extents start, count;
  std::uint32_t lv = 0;       // position in vg.lvs
  std::uint32_t segment = 0;  // position in its segments
  std::uint32_t area = 0;     // position in the segment's areas
  bool certain = true;        // false: of a segment of unknown type, a guess that is never too small
  LvId lv_id(const Vg& vg) const { return vg.lvs[lv].id; }
  Extents end() const { return start + count; }
  friend bool operator==(const Allocated&, const Allocated&) = default;
};

// What is allocated on one PV, sorted by start. Uncertain runs may overlap others.
struct PvUsage {
  std::vector<Allocated> ranges;
  Extents allocated;  // extents covered by at least one range
};

// By position in vg.pvs. Areas on PVs that are not in the VG are left out.
std::vector<PvUsage> pv_usage(const Vg& vg);
// Whether the runs of each PV that are certain stand in the order of its extents, none within another.
bool runs_ascend(const Vg& vg);
// PvUsage::allocated alone, of a VG that check() accepts: its runs are counted without being sorted.
std::vector<Extents> allocated_extents(const Vg& vg);

}  // namespace lvm::model
