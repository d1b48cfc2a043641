// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "base/id.h"
#include "base/units.h"

// How segments refer to physical extents and to other LVs.
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

// What an LV is to the LV whose segment names it.
enum class Role : std::uint8_t {
  leg,  // of a linear or striped segment: a pvmove's temporary LV
  mirror_image,
  mirror_log,
  raid_image,
  raid_metadata,
  snapshot_origin,
  snapshot_store,
  thin_pool_data,
  thin_pool_metadata,
  thin_pool,
  thin_origin,
  thin_merge_origin,
  thin_created,  // a message of the pool creates it
  external_origin,
  cache_pool_data,
  cache_pool_metadata,
  cache_pool,
  cache_volume,
  cache_origin,
  writecache_volume,
  writecache_origin,
  integrity_origin,
  integrity_metadata,
  vdo_pool_data,
  vdo_pool,
};

// What the bond means for both ends.
enum class Bond : std::uint8_t {
  part,  // belongs to its one user: hidden, made, renamed, removed and activated with it
  base,  // stands on its own below any number of users; they cannot live without it
  face,  // stands for its user, a hidden helper: who removes the one removes the other
  hint,  // a note about another volume, dropped when that goes
};

struct RoleRow {
  Role role;
  std::string_view word;
  Bond bond;
  // The name of a part: its user's name and this, with a number where the parts are counted.
  std::string_view suffix;
  bool numbered = false;
  // The segment is as long as the LV it names here.
  bool same_length = false;
};

// In the order of the enum.
inline constexpr RoleRow kRoles[] = {
    {Role::leg, "leg", Bond::part, {}},
    {Role::mirror_image, "mirror image", Bond::part, "_mimage_", true},
    {Role::mirror_log, "mirror log", Bond::part, "_mlog"},
    {Role::raid_image, "raid image", Bond::part, "_rimage_", true},
    {Role::raid_metadata, "raid metadata", Bond::part, "_rmeta_", true},
    {Role::snapshot_origin, "origin", Bond::base, {}},
    {Role::snapshot_store, "snapshot store", Bond::face, {}},
    {Role::thin_pool_data, "thin pool data", Bond::part, "_tdata", false, true},
    {Role::thin_pool_metadata, "thin pool metadata", Bond::part, "_tmeta"},
    {Role::thin_pool, "thin pool", Bond::base, {}},
    {Role::thin_origin, "thin origin", Bond::hint, {}},
    {Role::thin_merge_origin, "origin of a merge", Bond::hint, {}},
    {Role::thin_created, "thin volume to create", Bond::hint, {}},
    {Role::external_origin, "external origin", Bond::base, {}},
    {Role::cache_pool_data, "cache pool data", Bond::part, "_cdata", false, true},
    {Role::cache_pool_metadata, "cache pool metadata", Bond::part, "_cmeta"},
    {Role::cache_pool, "cache pool", Bond::part, "_cpool"},
    {Role::cache_volume, "cache volume", Bond::part, "_cvol"},
    {Role::cache_origin, "cache origin", Bond::part, "_corig", false, true},
    {Role::writecache_volume, "writecache volume", Bond::part, "_cvol"},
    {Role::writecache_origin, "writecache origin", Bond::part, "_wcorig", false, true},
    {Role::integrity_origin, "integrity origin", Bond::part, "_iorig", false, true},
    {Role::integrity_metadata, "integrity metadata", Bond::part, "_imeta"},
    {Role::vdo_pool_data, "VDO pool data", Bond::part, "_vdata", false, true},
    {Role::vdo_pool, "VDO pool", Bond::base, {}},
};
constexpr bool roles_are_in_order() {
  std::size_t position = 0;
  for (const RoleRow& row : kRoles)
    if (static_cast<std::size_t>(row.role) != position++) return false;
  return position == static_cast<std::size_t>(Role::vdo_pool) + 1;
}
static_assert(roles_are_in_order());

constexpr const RoleRow& row_of(Role role) { return kRoles[static_cast<std::size_t>(role)]; }
constexpr Bond bond_of(Role role) { return row_of(role).bond; }

// One LV that a segment names. `index` counts the references of the same role.
struct Reference {
  LvId lv;
  Role role;
  std::uint32_t index = 0;
  Bond bond() const { return bond_of(role); }
  friend bool operator==(const Reference&, const Reference&) = default;
};

}  // namespace lvm::model
