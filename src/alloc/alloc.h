// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/units.h"
#include "model/vg.h"

// Pure allocation: free extents + request + policy -> placement. The algorithm is LVM's, so that equal
// requests land on equal extents (docs/ALLOCATION.md).
namespace lvm::alloc {

// A run of physical extents.
struct Range {
  Extents start, count;
  Extents end() const { return start + count; }
  friend bool operator==(const Range&, const Range&) = default;
};

// A PV that may be used, with the part of it that may be (all of it when `ranges` is empty). The order
// of a vector of these is the order of preference.
struct PvChoice {
  PvId pv;
  std::vector<Range> ranges;
};

// Free ranges of the PVs of a VG, ascending, by position in vg.pvs.
class FreeMap {
 public:
  explicit FreeMap(const model::Vg& vg);

  const std::vector<Range>& of(std::size_t pv_index) const { return free_[pv_index]; }
  Extents free(std::size_t pv_index) const;
  Extents total() const;
  void take(std::size_t pv_index, Range range);

 private:
  std::vector<std::vector<Range>> free_;
};

// Where an LV that grows ends today: its last segment's legs, each one past its last extent.
struct Previous {
  struct Leg {
    PvId pv;
    Extents end;
  };
  std::vector<Leg> legs;      // of the last segment
  std::vector<PvId> all_pvs;  // of every segment, for cling's second pass
};

struct Request {
  std::string lv_name;        // for messages
  Extents extents;            // logical, a multiple of `stripes`
  std::uint32_t stripes = 1;  // areas that share the data
  std::uint32_t copies = 1;   // times it is kept: each on areas of its own
  std::uint32_t parity = 0;   // further areas, as long as the others
  // Kept in front of each area's first piece, on the same PV: raid metadata, cache pool metadata.
  Extents leg_metadata;
  // Areas for themselves, in one piece, on PVs that carry no data where there are any: a mirror's log, thin pool
  // metadata. `shared_logs`: else on PVs that do (allocation/..._require_separate_pvs = 0).
  std::uint32_t logs = 0;
  Extents log_length;
  bool shared_logs = true;
  model::Allocation policy = model::Allocation::normal;  // never inherit
  bool can_split = true;                                 // several segments are allowed
  bool approximate = false;                              // take what there is (percent sizes)
  std::vector<PvChoice> choices;
  std::optional<Previous> previous;
  bool maximise_cling = true;           // allocation/maximise_cling
  std::vector<std::string> cling_tags;  // allocation/cling_tag_list: "@tag" or "@*"
};

constexpr std::uint32_t leg_count(const Request& request) { return request.stripes * request.copies + request.parity; }

// One segment: the same length on every leg.
struct Placement {
  struct Leg {
    PvId pv;
    Extents start;
    friend bool operator==(const Leg&, const Leg&) = default;
  };
  std::vector<Leg> legs;           // copy by copy, then parity
  Extents length;                  // per leg
  std::vector<Leg> metadata = {};  // of each leg; with the first placement only
  std::vector<Leg> logs = {};      // likewise
  friend bool operator==(const Placement&, const Placement&) = default;
};

// Fails with Code::no_space and LVM's texts. With `approximate` the sum may be less than asked, never 0.
Result<std::vector<Placement>> allocate(const model::Vg& vg, const FreeMap& free, const Request& request);

// Every PV of the VG that may be allocated from, in VG order.
std::vector<PvChoice> allocatable(const model::Vg& vg);

}  // namespace lvm::alloc
