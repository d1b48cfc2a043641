// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/vg.h"

#include <algorithm>

namespace lvm::model {
namespace {

template <class Items, class Matches>
auto first(Items& items, Matches matches) -> decltype(items.data()) {
  auto found = std::find_if(items.begin(), items.end(), matches);
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

bool Lv::has_unknown_segments() const { return std::any_of(segments.begin(), segments.end(), is_unknown); }

const Pv* Vg::find_pv(PvId wanted) const {
  return first(pvs, [&](const Pv& pv) { return pv.id == wanted; });
}
const Lv* Vg::find_lv(LvId wanted) const {
  return first(lvs, [&](const Lv& lv) { return lv.id == wanted; });
}
const Lv* Vg::find_lv(std::string_view wanted) const {
  return first(lvs, [&](const Lv& lv) { return lv.name == wanted; });
}
Pv* Vg::find_pv(PvId wanted) {
  return first(pvs, [&](const Pv& pv) { return pv.id == wanted; });
}
Lv* Vg::find_lv(LvId wanted) {
  return first(lvs, [&](const Lv& lv) { return lv.id == wanted; });
}
Lv* Vg::find_lv(std::string_view wanted) {
  return first(lvs, [&](const Lv& lv) { return lv.name == wanted; });
}

}  // namespace lvm::model
