// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scan/claims.h"

#include <algorithm>

#include "model/index.h"
#include "model/names.h"

namespace lvm::scan {
namespace {

using model::Lv;
using model::Vg;

// The spare of a VG's pools does not move with them: it is made anew where one is needed.
using model::is_pool_spare;

bool is_part(const Vg& vg, const model::Index& other) {
  return std::ranges::all_of(vg.pvs, [&](const model::Pv& pv) { return other.pv(pv.id) != nullptr; }) &&
         std::ranges::all_of(vg.lvs, [&](const Lv& lv) { return is_pool_spare(lv) || other.lv(lv.id); });
}

// Whether the LVs of `vg` on PVs that both list are LVs of the other too.
bool moved_whole(const Vg& vg, const model::Index& other) {
  std::vector<model::PvUsage> usage = model::pv_usage(vg);
  for (std::size_t i = 0; i < vg.pvs.size(); ++i) {
    if (!other.pv(vg.pvs[i].id)) continue;
    for (const model::Allocated& run : usage[i].ranges)
      if (!is_pool_spare(vg.lvs[run.lv]) && !other.lv(run.lv_id(vg))) return false;
  }
  return true;
}

}  // namespace

Claim settle(const Vg& vg, bool vg_is_there, const Vg& other, bool other_is_there) {
  model::Index ours(vg), theirs(other);
  if (!moved_whole(vg, theirs) || !moved_whole(other, ours)) return Claim::unsettled;
  const bool whole = is_part(vg, theirs), other_whole = is_part(other, ours);
  const bool exported = vg.flags.has(model::VgFlag::exported);
  const Claim lost = whole ? Claim::superseded : Claim::theirs;
  if (exported != other.flags.has(model::VgFlag::exported) && (exported ? vg_is_there : other_is_there))
    return exported ? Claim::ours : lost;
  if (whole && other_whole && vg.seqno != other.seqno) return vg.seqno > other.seqno ? Claim::ours : lost;
  if (vg_is_there != other_is_there) return vg_is_there ? Claim::ours : lost;
  if (!vg_is_there || whole == other_whole) return Claim::unsettled;
  return other_whole ? Claim::ours : lost;
}

void let_go(Vg& vg, const Vg& other) {
  model::Index theirs(other);
  std::vector<model::PvUsage> usage = model::pv_usage(vg);
  std::vector<LvId> gone;
  for (std::size_t i = 0; i < vg.pvs.size(); ++i)
    if (theirs.pv(vg.pvs[i].id))
      for (const model::Allocated& run : usage[i].ranges) gone.push_back(run.lv_id(vg));
  std::erase_if(vg.lvs, [&](const Lv& lv) { return theirs.lv(lv.id) || std::ranges::find(gone, lv.id) != gone.end(); });
  std::erase_if(vg.pvs, [&](const model::Pv& pv) { return theirs.pv(pv.id) != nullptr; });
}

}  // namespace lvm::scan
