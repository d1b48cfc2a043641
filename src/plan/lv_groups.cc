// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/lv_groups.h"

#include <algorithm>
#include <numeric>

#include "activate/activate.h"
#include "activate/live.h"
#include "model/relations.h"
#include "segment/kind.h"

namespace lvm::plan {
namespace {

// Sets of positions that are merged as links between them are found; the smallest position names a set.
class Sets {
 public:
  explicit Sets(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t find(std::size_t at) {
    while (parent_[at] != at) at = parent_[at] = parent_[parent_[at]];
    return at;
  }
  void merge(std::size_t a, std::size_t b) {
    a = find(a);
    b = find(b);
    if (a != b) parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

}  // namespace

std::vector<LvGroup> lv_groups(const model::Vg& vg) {
  model::Relations relations(vg);
  Sets sets(vg.lvs.size());
  for (std::uint32_t i = 0; i < vg.lvs.size(); ++i)
    for (const model::Relation& relation : relations.uses(i)) sets.merge(relation.user, relation.used);
  std::vector<LvGroup> out;
  std::vector<std::size_t> group_of(vg.lvs.size());
  for (std::size_t i = 0; i < vg.lvs.size(); ++i) {
    if (sets.find(i) == i) {
      group_of[i] = out.size();
      out.emplace_back();
    }
    LvGroup& group = out[group_of[sets.find(i)]];
    group.lvs.push_back(i);
    for (const model::Segment& segment : vg.lvs[i].segments)
      for (const model::Area& area : segment::areas(segment))
        if (const auto* on_pv = std::get_if<model::PvArea>(&area))
          if (std::ranges::find(group.pvs, on_pv->pv) == group.pvs.end()) group.pvs.push_back(on_pv->pv);
  }
  return out;
}

bool has_active_lvs(const world::World& world, const model::Vg& vg) {
  return std::ranges::any_of(vg.lvs, [&](const model::Lv& lv) { return activate::is_up(world, vg, lv); });
}

}  // namespace lvm::plan
