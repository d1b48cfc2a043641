// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/pool_spare.h"

#include <algorithm>

#include "model/names.h"
#include "plan/lv_segments.h"
#include "plan/new_lv.h"

namespace lvm::plan {

using model::Lv;
using model::Vg;

const Lv* find_spare(const Vg& vg) {
  auto found = std::ranges::find_if(vg.lvs, model::is_pool_spare);
  return found == vg.lvs.end() ? nullptr : &*found;
}

Result<> provide_spare(const Context& context, Vg& vg, Extents metadata, const std::vector<alloc::PvChoice>& choices,
                       const std::string& host) {
  const Lv* found = find_spare(vg);
  if (!found) return add_spare(context, vg, metadata, choices, host);
  if (found->extents() >= metadata) return {};
  Lv spare = *found;
  alloc::FreeMap free(vg);
  GrowRequest grow{.extents = metadata - spare.extents(), .choices = choices};
  TRY(grow_volume(context, vg, free, grow, spare));
  *vg.find_lv(spare.id) = std::move(spare);
  return {};
}

Result<> add_spare(const Context& context, Vg& vg, Extents metadata, const std::vector<alloc::PvChoice>& choices,
                   const std::string& host) {
  Lv spare = new_lv(context, model::next_lv_name(vg) + "_pmspare", Seen::hidden);
  spare.creation_host = host;
  alloc::FreeMap free(vg);
  GrowRequest grow{.extents = metadata, .choices = choices};
  TRY(grow_volume(context, vg, free, grow, spare));
  vg.lvs.push_back(std::move(spare));
  return {};
}

void warn_of_no_spare(const Context& context) {
  context.note(warn("WARNING: recovery of pools without pool metadata spare LV is not automated."));
}

}  // namespace lvm::plan
