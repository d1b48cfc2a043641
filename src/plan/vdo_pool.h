// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "plan/stages.h"
#include "plan/vdo_settings.h"

// Volumes become the data of VDO pools, with a volume on each. Without a size for that volume vdoformat chooses one:
// the first plan ends with the format, and a second one, with what it said, goes on.
namespace lvm::plan {

struct VdoRequest {
  VdoOptions options;
  std::optional<std::uint64_t> formatted_blocks;  // the pool is formatted already, with so many blocks of 4 KiB
};

// The settings, and the extents that volumes see when they are known.
struct VdoSizes {
  VdoSettings settings;
  std::optional<Extents> virtual_extents;
};
Result<VdoSizes> vdo_sizes(const Context& context, const config::Config& settings, const model::Vg& vg,
                           const VdoRequest& request, std::optional<Bytes> virtual_size);
// What fits into the data of a pool, whatever it holds.
Result<Extents> virtual_extents_of(const Context& context, const model::Vg& vg, Sectors data,
                                   const model::VdoPool& pool);

// Formats what is to be the data of a pool: a plain volume that the stages' VG has. It is wiped before.
Result<std::vector<step::Step>> format_alone(const Context& context, const world::VgView& view, const model::Vg& vg,
                                             LvId pool, const VdoSizes& sizes, bool wipe_signatures, bool assume_yes);

// The plain volume `pool` becomes a pool, and `volume`, that `vg` has without segments, the volume on it.
void become_vdo_pool(const Context& context, model::Vg& vg, LvId pool, LvId volume, const VdoSizes& sizes);

}  // namespace lvm::plan
