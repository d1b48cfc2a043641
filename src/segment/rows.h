// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <string_view>
#include <variant>

#include "segment/kind.h"

// The table of kinds, in the order of model::SegmentBody. A new kind is a struct in model/segment.h, a
// file here and a line in this table.
namespace lvm::segment {

extern const Kind striped_kind, mirror_kind, raid_kind, snapshot_kind, thin_pool_kind, thin_kind, cache_pool_kind,
    cache_kind, writecache_kind, integrity_kind, vdo_pool_kind, vdo_kind, error_kind, zero_kind, unknown_kind;

struct ListedKind {
  std::string_view name;
  const Kind* row;
};
inline constexpr std::array kKinds = {
    ListedKind{"striped", &striped_kind},
    ListedKind{"mirror", &mirror_kind},
    ListedKind{"raid", &raid_kind},
    ListedKind{"snapshot", &snapshot_kind},
    ListedKind{"thin-pool", &thin_pool_kind},
    ListedKind{"thin", &thin_kind},
    ListedKind{"cache-pool", &cache_pool_kind},
    ListedKind{"cache", &cache_kind},
    ListedKind{"writecache", &writecache_kind},
    ListedKind{"integrity", &integrity_kind},
    ListedKind{"vdo-pool", &vdo_pool_kind},
    ListedKind{"vdo", &vdo_kind},
    ListedKind{"error", &error_kind},
    ListedKind{"zero", &zero_kind},
    ListedKind{"unknown", &unknown_kind},
};

constexpr bool names_are_unique() {
  for (std::size_t i = 0; i < kKinds.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (kKinds[i].name == kKinds[j].name) return false;
  return true;
}
static_assert(names_are_unique());
static_assert(kKinds.size() == std::variant_size_v<model::SegmentBody>,
              "a kind without a row, or a row without a kind");

template <class Body, std::size_t I = 0>
constexpr std::size_t position_of() {
  static_assert(I < std::variant_size_v<model::SegmentBody>, "not a kind of segment");
  if constexpr (std::is_same_v<Body, std::variant_alternative_t<I, model::SegmentBody>>)
    return I;
  else
    return position_of<Body, I + 1>();
}

// Each kind's file asserts this of its row.
template <class Body>
constexpr bool is_complete(const Kind& kind) {
  return kKinds[position_of<Body>()].name == kind.name && kind.read && kind.write && kind.areas && kind.area_length &&
         kind.check && kind.target;
}

}  // namespace lvm::segment
