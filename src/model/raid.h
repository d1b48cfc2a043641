// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/area.h"

// Segments that keep data more than once, or spread it over images: mirror and raid.
namespace lvm::model {

inline constexpr std::size_t kMaxMirrorImages = 8;
inline constexpr std::size_t kMaxRaidImages = 64;

// The mirror target, and pvmove's temporary LV (its areas are PVs: what moves, and where to).
struct Mirror {
  std::vector<Area> areas;  // each holds all extents
  LvId log;                 // none: the log is in memory
  Sectors region_size;
  std::optional<Extents> extents_moved;  // of pvmove: what is copied already
  Extents area_length(Extents count) const { return count; }
  std::string problem(Extents count) const;
  template <class Self, class Visit>
  static void references(Self& self, Visit&& visit) {
    if (self.log) visit(Role::mirror_log, self.log);
  }
  static constexpr Role kAreaRole = Role::mirror_image;
  friend bool operator==(const Mirror&, const Mirror&) = default;
};

// The words of the text. raid5 and raid6 without a layout are raid5_ls and raid6_zr.
enum class RaidType : std::uint8_t {
  raid0,
  raid0_meta,
  raid1,
  raid4,
  raid5,
  raid5_n,
  raid5_la,
  raid5_ls,
  raid5_ra,
  raid5_rs,
  raid6,
  raid6_n_6,
  raid6_nc,
  raid6_nr,
  raid6_zr,
  raid6_la_6,
  raid6_ls_6,
  raid6_ra_6,
  raid6_rs_6,
  raid10,
  raid10_near,
};

struct RaidTypeRow {
  RaidType type;
  std::string_view name;
  std::string_view kernel_name;  // of the target's layout
  std::uint32_t parity;          // images that hold no data of their own
  bool striped;
  bool mirrored;
  bool has_metadata;
  std::uint32_t least_stripes;  // data stripes
};
// In the order of the enum.
inline constexpr RaidTypeRow kRaidTypes[] = {
    {RaidType::raid0, "raid0", "raid0", 0, true, false, false, 1},
    {RaidType::raid0_meta, "raid0_meta", "raid0", 0, true, false, true, 1},
    {RaidType::raid1, "raid1", "raid1", 0, false, true, true, 1},
    {RaidType::raid4, "raid4", "raid4", 1, true, false, true, 2},
    {RaidType::raid5, "raid5", "raid5_ls", 1, true, false, true, 2},
    {RaidType::raid5_n, "raid5_n", "raid5_n", 1, true, false, true, 2},
    {RaidType::raid5_la, "raid5_la", "raid5_la", 1, true, false, true, 2},
    {RaidType::raid5_ls, "raid5_ls", "raid5_ls", 1, true, false, true, 2},
    {RaidType::raid5_ra, "raid5_ra", "raid5_ra", 1, true, false, true, 2},
    {RaidType::raid5_rs, "raid5_rs", "raid5_rs", 1, true, false, true, 2},
    {RaidType::raid6, "raid6", "raid6_zr", 2, true, false, true, 3},
    {RaidType::raid6_n_6, "raid6_n_6", "raid6_n_6", 2, true, false, true, 3},
    {RaidType::raid6_nc, "raid6_nc", "raid6_nc", 2, true, false, true, 3},
    {RaidType::raid6_nr, "raid6_nr", "raid6_nr", 2, true, false, true, 3},
    {RaidType::raid6_zr, "raid6_zr", "raid6_zr", 2, true, false, true, 3},
    {RaidType::raid6_la_6, "raid6_la_6", "raid6_la_6", 2, true, false, true, 3},
    {RaidType::raid6_ls_6, "raid6_ls_6", "raid6_ls_6", 2, true, false, true, 3},
    {RaidType::raid6_ra_6, "raid6_ra_6", "raid6_ra_6", 2, true, false, true, 3},
    {RaidType::raid6_rs_6, "raid6_rs_6", "raid6_rs_6", 2, true, false, true, 3},
    {RaidType::raid10, "raid10", "raid10", 0, true, true, true, 2},
    {RaidType::raid10_near, "raid10_near", "raid10", 0, true, true, true, 2},
};
constexpr bool raid_types_are_in_order() {
  std::size_t position = 0;
  for (const RaidTypeRow& row : kRaidTypes)
    if (static_cast<std::size_t>(row.type) != position++) return false;
  return position == static_cast<std::size_t>(RaidType::raid10_near) + 1;
}
static_assert(raid_types_are_in_order());
constexpr const RaidTypeRow& row_of(RaidType type) { return kRaidTypes[static_cast<std::size_t>(type)]; }
// nullptr: no raid is called so.
constexpr const RaidTypeRow* find_raid_type(std::string_view name) {
  for (const RaidTypeRow& row : kRaidTypes)
    if (row.name == name) return &row;
  return nullptr;
}

struct Raid {
  RaidType type = RaidType::raid1;
  std::vector<Area> areas;        // the data images: LVs from their start on
  std::vector<LvId> metadata;     // one for each image; empty for raid0
  std::uint32_t data_copies = 0;  // stored for raid10 only; 0 = not stored
  Sectors region_size;
  Sectors stripe_size;                                         // 0 for raid1
  std::uint32_t writebehind = 0;                               // regions
  std::uint32_t min_recovery_rate = 0, max_recovery_rate = 0;  // KiB/s for each image; 0 = the kernel's choice
  std::optional<std::uint64_t> data_offset;                    // sectors, while images are reshaped

  const RaidTypeRow& row() const { return row_of(type); }
  // Copies of each piece of data: images of a raid1, 2 for a raid10 that does not say.
  std::uint32_t copies() const;
  // Images that the LV's extents are spread over, as in LVM's "data stripes".
  std::uint32_t data_stripes() const;
  // Rounded up where images do not share evenly.
  Extents area_length(Extents count) const;
  std::string problem(Extents count) const;
  template <class Self, class Visit>
  static void references(Self& self, Visit&& visit) {
    for (auto& lv : self.metadata) visit(Role::raid_metadata, lv);
  }
  static constexpr Role kAreaRole = Role::raid_image;
  friend bool operator==(const Raid&, const Raid&) = default;
};

}  // namespace lvm::model
