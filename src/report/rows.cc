// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "report/kinds.h"

namespace lvm::report {
namespace {

const model::Lv& no_lv() {
  static const model::Lv lv = [] {
    model::Lv empty;
    empty.flags.set(model::LvFlag::visible);
    return empty;
  }();
  return lv;
}

const LvEntry& no_lv_entry() {
  static const LvEntry entry{&no_lv(), nullptr, 0};
  return entry;
}

const PvEntry& no_pv_entry() {
  static const PvEntry entry;
  return entry;
}

template <class Item>
bool covers(const std::optional<std::vector<Item>>& scope, const Item& item) {
  return !scope || std::find(scope->begin(), scope->end(), item) != scope->end();
}

bool shows_pv(const Scope& scope, const PvEntry& pv) {
  if (!scope.pvs && !scope.devices) return true;
  const PvId id = pv.pv != nullptr ? pv.pv->id : pv.label != nullptr ? pv.label->id : PvId();
  if (id && !pv.duplicate && scope.pvs && covers(scope.pvs, id)) return true;
  return scope.devices && pv.device != nullptr && covers(scope.devices, pv.device->path);
}

// Labelled devices that no VG of the World holds, then, with -a, devices without a label.
std::vector<PvEntry> outside(const world::World& world, const Scope& scope) {
  std::unordered_set<std::size_t> inside;
  for (const auto& view : world.vgs)
    for (const auto& device : view.devices)
      if (device) inside.insert(*device);
  // A PV that a VG has let go of is nobody's, but not free either: the warning names it.
  for (const auto& view : world.vgs) inside.insert(view.outdated.begin(), view.outdated.end());
  std::vector<PvEntry> found;
  std::unordered_set<std::string_view> labelled;
  for (std::size_t i = 0; i < world.pvs.size(); ++i) {
    const auto& pv = world.pvs[i];
    labelled.insert(pv.device.path);
    if (inside.contains(i)) continue;
    // A PV of a VG that this report may not show is not shown either.
    if (pv.vg_id && !pv.duplicate) continue;
    if (pv.duplicate && !scope.all && !scope.devices) continue;
    PvEntry entry;
    entry.label = &pv;
    entry.device = &pv.device;
    entry.duplicate = pv.duplicate;
    found.push_back(entry);
  }
  if (!scope.all && !scope.devices) return found;
  for (const auto& device : world.devices) {
    if (labelled.contains(device.path)) continue;
    PvEntry entry;
    entry.device = &device;
    found.push_back(entry);
  }
  return found;
}

void visit_ranges(const Source& source, Row& row, const std::function<void(Row&)>& visit) {
  const auto ranges = source.ranges(*row.pv);
  if (ranges.empty()) {
    visit(row);
    return;
  }
  for (const auto& range : ranges) {
    row.range = &range;
    row.lv = &no_lv_entry();
    row.segment = nullptr;
    if (range.use) {
      row.lv = &source.lvs()[range.use->lv];
      row.segment = &row.lv->lv->segments[range.use->segment];
    }
    visit(row);
  }
  row.range = nullptr;
}

void visit_pvs(const Source& source, bool ranges, const Scope& scope, Row& row,
               const std::function<void(Row&)>& visit) {
  for (const auto& pv : source.pvs()) {
    if (!shows_pv(scope, pv)) continue;
    row.pv = &pv;
    if (ranges)
      visit_ranges(source, row, visit);
    else
      visit(row);
  }
}

// Thin pools come first, the last of them at the head: LVM2 goes through them before all that may depend on them.
std::vector<const LvEntry*> lvs_in_order(const Source& source) {
  std::vector<const LvEntry*> pools, others;
  others.reserve(source.lvs().size());
  for (const auto& lv : source.lvs()) {
    const KindReport* kind = kind_report(*lv.lv);
    (kind != nullptr && kind->no_path ? pools : others).push_back(&lv);
  }
  std::reverse(pools.begin(), pools.end());
  pools.insert(pools.end(), others.begin(), others.end());
  return pools;
}

void visit_lvs(const Source& source, bool segments, const Scope& scope, Row& row,
               const std::function<void(Row&)>& visit) {
  for (const LvEntry* entry : lvs_in_order(source)) {
    const LvEntry& lv = *entry;
    if (const KindReport* kind = kind_report(*lv.lv); kind != nullptr && kind->never_shown) continue;
    if (scope.lvs ? !covers(scope.lvs, lv.lv->id) : !scope.all && !lv.lv->visible()) continue;
    row.lv = &lv;
    if (!segments) {
      visit(row);
      continue;
    }
    for (const auto& segment : lv.lv->segments) {
      row.segment = &segment;
      visit(row);
    }
    row.segment = nullptr;
  }
  for (const LvEntry& gone : source.gone()) {
    if (scope.lvs && !covers(scope.lvs, gone.gone->id)) continue;
    row.lv = &gone;
    visit(row);
  }
}

}  // namespace

Result<RowKind> row_kind(Kind kind, const Columns& columns, const Selection& selection) {
  bool lv = false, segment = false, pv = false, pv_segment = false;
  const auto add = [&](const Field* field) {
    switch (field->group) {
      case Group::lv:
      case Group::lv_info:
      case Group::lv_status:
      case Group::lv_attr: lv = true; break;
      case Group::segment: segment = true; break;
      case Group::label:
      case Group::pv: pv = true; break;
      case Group::pv_segment: pv_segment = true; break;
      default: break;
    }
  };
  for (const Field* field : columns.shown) add(field);
  for (const auto& key : columns.keys) add(key.field);
  for (const Field* field : selection.fields()) add(field);
  const bool pv_report = kind == Kind::pv || kind == Kind::pv_segment;
  if ((lv || segment || kind == Kind::lv || kind == Kind::segment) && (pv || pv_segment) && !pv_report)
    return fail(Code::usage,
                fmt::format("Can't report LV and PV fields at the same time in report type \"{}\".", kind_name(kind)));
  if (pv_report) return kind == Kind::pv_segment || pv_segment || lv || segment ? RowKind::pv_segment : RowKind::pv;
  if (kind == Kind::segment || segment) return RowKind::segment;
  if (kind == Kind::lv || lv) return RowKind::lv;
  if (pv_segment) return RowKind::pv_segment;
  return pv ? RowKind::pv : RowKind::vg;
}

std::vector<std::unique_ptr<Source>> sources(const Common& common, const Scope& scope, Kind kind) {
  std::vector<std::unique_ptr<Source>> found;
  const bool of_lvs = kind == Kind::lv || kind == Kind::segment;
  for (const auto& view : common.world->vgs) {
    if (!view.vg || view.unusable) continue;
    if (view.foreign && !scope.foreign) continue;
    if (!covers(scope.vgs, view.vg->id)) continue;
    // The volumes of an exported VG are not this host's to show.
    if (of_lvs && view.vg->exported()) continue;
    found.push_back(std::make_unique<Source>(common, view));
  }
  if (kind == Kind::pv || kind == Kind::pv_segment) {
    if (auto rest = outside(*common.world, scope); scope.orphans && !scope.vgs && !rest.empty())
      found.push_back(std::make_unique<Source>(common, std::move(rest)));
  }
  return found;
}

void for_each_row(const Source& source, Kind kind, RowKind row_kind, const Scope& scope,
                  const std::function<void(Row&)>& visit) {
  if (!source.in_vg() && kind != Kind::pv && kind != Kind::pv_segment) return;
  Row row;
  row.source = &source;
  row.pv = &no_pv_entry();
  row.lv = &no_lv_entry();
  switch (row_kind) {
    case RowKind::vg: visit(row); break;
    case RowKind::pv: visit_pvs(source, false, scope, row, visit); break;
    case RowKind::pv_segment: visit_pvs(source, true, scope, row, visit); break;
    case RowKind::lv: visit_lvs(source, false, scope, row, visit); break;
    case RowKind::segment: visit_lvs(source, true, scope, row, visit); break;
  }
}

}  // namespace lvm::report
