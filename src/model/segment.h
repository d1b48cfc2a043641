// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/rare.h"
#include "base/units.h"
#include "model/area.h"
#include "model/cache.h"
#include "model/raid.h"
#include "model/snapshot.h"

namespace lvm::model {

// A kind is a struct of values. Optional members say what holds for it, so that the model can be checked,
// walked and its use of extents counted without knowing the kinds: `areas` is where its extents lie, in
// `kAreaRole` when they are LVs; `area_length(count)` is what each area holds of a segment of `count` logical
// extents; `references(self, visit)` calls visit(Role, LvId&) for the LVs that it names elsewhere;
// `problem(count)` is empty, or a clause that says which of the kind's own invariants is broken.

inline constexpr std::size_t kMaxStripes = 128;

// Linear (one area) and striped (several). Each area holds count / areas extents.
struct Striped {
  std::vector<Area> areas;
  Sectors stripe_size;  // 0 when there is one area
  Extents area_length(Extents count) const { return areas.empty() ? Extents() : count / areas.size(); }
  std::string problem(Extents count) const;
  static constexpr Role kAreaRole = Role::leg;
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
using SegmentBody = std::variant<Striped, Mirror, Raid, Snapshot, ThinPool, Thin, CachePool, Cache, Writecache,
                                 Integrity, VdoPool, Vdo, ErrorSegment, ZeroSegment, UnknownSegment>;

struct Segment {
  Extents start;  // logical, within the LV
  Extents count;  // logical
  std::vector<std::string> tags;
  SegmentBody body;
  Rare<std::string> unknown_keys;
  // Extents that raid images, and the raid over them, keep free to be reshaped into ("reshape_count"). `count`
  // has them too.
  Extents reshape_extents;
  friend bool operator==(const Segment&, const Segment&) = default;
};

// What the kinds say of themselves, whatever the kind.
std::span<const Area> areas(const SegmentBody& body);
Extents area_length(const SegmentBody& body, Extents count);
std::string problem(const Segment& segment);
// What is left for data: `count` without the space that raid images keep for reshaping.
Extents usable(const Segment& segment);
bool is_unknown(const Segment& segment);

// Calls visit(Reference) for every LV that the segment names, areas first. None for segments of unknown type.
template <class Visit>
void for_each_reference(const SegmentBody& body, Visit&& visit) {
  std::visit(
      [&](const auto& kind) {
        if constexpr (requires { kind.kAreaRole; }) {
          std::uint32_t index = 0;
          for (const Area& area : kind.areas) {
            if (const auto* leg = std::get_if<LvArea>(&area)) visit(Reference{leg->lv, kind.kAreaRole, index});
            ++index;
          }
        }
        if constexpr (requires { kind.references(kind, [](Role, const LvId&) {}); }) {
          std::uint32_t index = 0;
          Role last = Role::leg;
          kind.references(kind, [&](Role role, const LvId& lv) {
            index = role == last ? index + 1 : 0;
            last = role;
            visit(Reference{lv, role, index});
          });
        }
      },
      body);
}
std::vector<Reference> references(const SegmentBody& body);
// The LV named in this role, or none.
LvId referenced(const SegmentBody& body, Role role, std::uint32_t index = 0);
// Every mention of `from` becomes `to`.
void replace_reference(SegmentBody& body, LvId from, LvId to);

}  // namespace lvm::model
