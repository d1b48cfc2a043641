// SPDX-License-Identifier: LGPL-2.1-or-later
#include "metadata/visibility.h"

#include <algorithm>
#include <optional>

#include "model/index.h"

namespace lvm::metadata {
namespace {

const model::Snapshot* snapshot_in(const model::Lv& lv) {
  return lv.segments.empty() ? nullptr : std::get_if<model::Snapshot>(&lv.segments.front().body);
}

bool has_snapshots(const model::Vg& vg) {
  return std::ranges::any_of(vg.lvs, [](const model::Lv& lv) { return snapshot_in(lv) != nullptr; });
}

}  // namespace

void show_stores(model::Vg& vg) {
  if (!has_snapshots(vg)) return;
  model::Index index(vg);
  for (model::Lv& lv : vg.lvs) {
    const model::Snapshot* snapshot = snapshot_in(lv);
    if (!snapshot) continue;
    lv.flags.clear(model::LvFlag::visible);
    if (auto store = index.lv_position(snapshot->store))
      vg.lvs[*store].flags.set(model::LvFlag::visible, !snapshot->merging);
  }
}

std::vector<StoredAs> stored_visibility(const model::Vg& vg) {
  std::vector<StoredAs> out;
  if (!has_snapshots(vg)) return out;
  model::Index index(vg);
  for (const model::Lv& lv : vg.lvs) out.push_back({lv.visible(), lv.visible()});
  for (std::size_t i = 0; i < vg.lvs.size(); ++i) {
    const model::Snapshot* snapshot = snapshot_in(vg.lvs[i]);
    if (!snapshot) continue;
    out[i] = {false, !snapshot->merging};
    if (auto store = index.lv_position(snapshot->store)) out[*store] = {true, false};
  }
  return out;
}

}  // namespace lvm::metadata
