// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vdo_pool.h"

#include <fmt/format.h>

#include "activate/activate.h"
#include "plan/layers.h"
#include "plan/volume_size.h"
#include "plan/wipe_alone.h"

namespace lvm::plan {
namespace {

constexpr Bytes kWipedHead{4096};
constexpr std::uint64_t kSectorsInBlock = 8, kSectorsInKiB = 2, kKiBInTiB = 1ULL << 30, kMostTiB = 4096;

// Free room stands before and behind what volumes see.
Sectors with_room(Sectors size, const model::VdoPool& pool) { return size + pool.header_size * 2; }

Result<> check_logical(Sectors logical) {
  std::uint64_t size = logical.n / kSectorsInKiB, most = kMostTiB * kKiBInTiB;
  if (size <= most) return {};
  return fail(Code::refused,
              fmt::format("VDO logical size is by {}KiB bigger then limit {}TiB.", size - most, kMostTiB));
}

}  // namespace

Result<Extents> virtual_extents_of(const Context& context, const model::Vg& vg, Sectors data,
                                   const model::VdoPool& pool) {
  Sectors room = pool.header_size * 2;
  Extents out = data > room ? to_extents_floor(data - room, vg.extent_size) : Extents();
  if (out.n == 0)
    return fail(Code::refused,
                fmt::format("A VDO pool of {} is too small for a volume on it.", context.size_text(data)));
  return out;
}

Result<VdoSizes> vdo_sizes(const Context& context, const config::Config& settings, const model::Vg& vg,
                           const VdoRequest& request, std::optional<Bytes> virtual_size) {
  VdoSizes out;
  out.settings = TRY(new_vdo_settings(settings, request.options));
  if (request.formatted_blocks)
    out.virtual_extents =
        TRY(virtual_extents_of(context, vg, Sectors(*request.formatted_blocks * kSectorsInBlock), out.settings.pool));
  else if (virtual_size)
    out.virtual_extents = TRY(extents_of_bytes(context, vg, *virtual_size));
  if (out.virtual_extents) TRY(check_logical(with_room(vg.size_of(*out.virtual_extents), out.settings.pool)));
  return out;
}

Result<std::vector<step::Step>> format_alone(const Context& context, const world::VgView& view, const model::Vg& vg,
                                             LvId pool, const VdoSizes& sizes, bool wipe_signatures, bool assume_yes) {
  const model::Lv& lv = *vg.find_lv(pool);
  std::optional<Sectors> logical;
  if (sizes.virtual_extents) logical = with_room(vg.size_of(*sizes.virtual_extents), sizes.settings.pool);
  std::vector<step::Step> work;
  work.emplace_back(step::WipeVolume{.vg = vg.name,
                                     .lv = lv.name,
                                     .uuid = activate::top_uuid(vg, lv),
                                     .wipe_signatures = wipe_signatures,
                                     .zero_length = kWipedHead,
                                     .assume_yes = assume_yes});
  work.emplace_back(format_vdo(context, sizes.settings, logical, vg.name, lv.name));
  return work_alone(context, view, vg, pool, std::move(work));
}

void become_vdo_pool(const Context& context, model::Vg& vg, LvId pool, LvId volume, const VdoSizes& sizes) {
  Extents extents = vg.find_lv(pool)->extents();
  model::VdoPool body = sizes.settings.pool;
  body.data = push_layer(context, vg, pool, model::Role::vdo_pool_data);
  body.virtual_extents = *sizes.virtual_extents;
  vg.find_lv(pool)->segments.push_back({Extents(), extents, {}, std::move(body), {}, {}});
  vg.find_lv(volume)->segments.push_back({Extents(), *sizes.virtual_extents, {}, model::Vdo{pool, Extents()}, {}, {}});
}

}  // namespace lvm::plan
