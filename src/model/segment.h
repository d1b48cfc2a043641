// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/units.h"

namespace lvm::model {

// A kind is a struct of values. Two optional members say what holds for it, so that the model can be
// checked and its use of extents counted without knowing the kinds: `area_length(count)` is what each
// area holds of a segment of `count` logical extents; `problem(count)` is empty, or a clause that says
// which of the kind's own invariants is broken. `areas` is where it lies; a kind without it owns nothing.

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

inline constexpr std::size_t kMaxStripes = 128;

// Linear (one area) and striped (several). Each area holds count / areas extents.
struct Striped {
  std::vector<Area> areas;
  Sectors stripe_size;  // 0 when there is one area
  Extents area_length(Extents count) const { return areas.empty() ? Extents() : count / areas.size(); }
  std::string problem(Extents count) const;
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
  std::string type;         // with its +FLAGS
  std::string body;         // every key but start_extent, extent_count, tags, in raw text form
  std::vector<Area> areas;  // what it appears to occupy, so that its extents are never given away
  // How the extents spread over the areas is not known: each may hold all of them.
  Extents area_length(Extents count) const { return count; }
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

// What the kinds say of themselves, whatever the kind.
std::span<const Area> areas(const SegmentBody& body);
Extents area_length(const SegmentBody& body, Extents count);
std::string problem(const Segment& segment);
bool is_unknown(const Segment& segment);

}  // namespace lvm::model
