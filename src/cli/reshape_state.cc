// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/reshape_state.h"

#include <array>

#include "activate/activate.h"
#include "activate/live.h"
#include "dm/user/raid/superblock.h"
#include "model/usable.h"
#include "plan/reshape_finish.h"

namespace lvm::cli {
namespace {

using dm::user::RaidSuperblock;

std::optional<RaidSuperblock> read_superblock(Session& session, const model::Vg& vg, const model::Lv& metadata) {
  const auto areas =
      metadata.segments.empty() ? std::span<const model::Area>() : model::areas(metadata.segments.front().body);
  const auto* place = areas.empty() ? nullptr : std::get_if<model::PvArea>(&areas.front());
  const world::PvDevice* pv = place ? session.world().find_pv(place->pv) : nullptr;
  const model::Pv* row = place ? vg.find_pv(place->pv) : nullptr;
  if (!pv || !row) return std::nullopt;
  auto handle = session.system().io.open(pv->device, device::Access::read);
  std::array<std::byte, 4096> bytes{};
  if (!handle || !(*handle)->read(to_bytes(vg.sector_of(*row, place->start)), bytes)) return std::nullopt;
  auto superblock = dm::user::unpack_raid_superblock(bytes);
  return superblock ? *superblock : std::nullopt;
}

bool has_begun(Session& session, const model::Vg& vg, const model::Raid& raid) {
  const std::uint32_t coming = model::images_with(vg, raid, model::LvFlag::reshape_delta_disks_plus);
  const std::uint32_t going = model::images_with(vg, raid, model::LvFlag::reshape_delta_disks_minus);
  if (coming == 0 && going == 0) return false;
  const auto before = static_cast<std::uint32_t>(raid.areas.size()) - coming;
  for (LvId metadata : raid.metadata)
    if (auto superblock = read_superblock(session, vg, *vg.find_lv(metadata)))
      return superblock->reshaping || superblock->num_devices != before;
  return false;
}

}  // namespace

std::vector<LvId> begun_reshapes(Session& session, const world::VgView& view) {
  std::vector<LvId> out;
  for (const model::Lv& lv : view.vg->lvs) {
    if (!plan::begins_reshape(lv) || activate::is_up(session.world(), *view.vg, lv)) continue;
    if (has_begun(session, *view.vg, *lv.as<model::Raid>())) out.push_back(lv.id);
  }
  return out;
}

}  // namespace lvm::cli
