// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/context.h"

namespace lvm::plan {

struct VgSplitRequest {
  std::string new_name;
  std::vector<PvId> pvs;          // the PVs to move, or
  std::optional<std::string> lv;  // the volume whose PVs move
  // What a new VG is to be; with a VG that is there they are refused.
  std::optional<std::uint32_t> max_lv, max_pv, metadata_copies;
  std::optional<model::Allocation> allocation;
  bool spare = true;  // --poolmetadataspare: a VG with pools that is left without a spare gets one
};
// vgsplit. `to` is the VG that takes the PVs, null when it is to be made. The PVs are in the new VG, which is
// exported until the old one has let go of them: after a crash between the two, reading knows whose they are
// (scan/claims.h).
Result<step::Plan> vg_split(const Context& context, const world::VgView& from, const world::VgView* to,
                            const VgSplitRequest& request);

// vgmerge: all of `from` goes into `to`. Of two spares for pool metadata the larger stays.
Result<step::Plan> vg_merge(const Context& context, const world::VgView& to, const world::VgView& from,
                            bool spare = true);

}  // namespace lvm::plan
