// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/units.h"

namespace lvm::model {

// One leg of a segment: extents of a PV, or of another LV of the same VG.
struct PvArea {
  PvId pv;
  Extents start;
  friend bool operator==(const PvArea&, const PvArea&) = default;
};
struct LvArea {
  LvId lv;
  Extents start;
  friend bool operator==(const LvArea&, const LvArea&) = default;
};
using Area = std::variant<PvArea, LvArea>;

// Linear (one area) and striped (several). Each area holds count / areas extents.
struct Striped {
  std::vector<Area> areas;
  Sectors stripe_size;  // 0 when there is one area
  friend bool operator==(const Striped&, const Striped&) = default;
};

// Reads fail / reads give zeros: no areas.
struct ErrorSegment {
  friend bool operator==(const ErrorSegment&, const ErrorSegment&) = default;
};
struct ZeroSegment {
  friend bool operator==(const ZeroSegment&, const ZeroSegment&) = default;
};

// A type this program does not know: kept word for word, never activated, never resized.
struct UnknownSegment {
  std::string type;  // with its +FLAGS
  std::string body;  // every key but start_extent, extent_count, tags, in raw text form
  std::vector<Area> areas;  // what it appears to occupy, so that its extents are never given away
  friend bool operator==(const UnknownSegment&, const UnknownSegment&) = default;
};

// The kinds. A new kind is a struct here and a row in segment/.
using SegmentBody = std::variant<Striped, ErrorSegment, ZeroSegment, UnknownSegment>;

struct Segment {
  Extents start;  // logical, within the LV
  Extents count;  // logical
  std::vector<std::string> tags;
  SegmentBody body;
  std::string unknown_keys;
  friend bool operator==(const Segment&, const Segment&) = default;
};

}  // namespace lvm::model
