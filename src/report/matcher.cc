// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <utility>

#include "report/report.h"
#include "report/rows.h"

namespace lvm::report {
namespace {

// Rows of one volume follow each other: it is added once.
template <class Item>
void add_once(std::vector<Item>& items, const Item& item) {
  if (items.empty() || items.back() != item) items.push_back(item);
}

}  // namespace

Matcher::Matcher(const world::World& world, const Settings& settings, Kind kind, Selection selection, RowKind rows)
    : common_{&world, &settings}, kind_(kind), selection_(std::move(selection)), rows_(rows) {
  common_.history = kind == Kind::lv;
}

Result<Matcher> Matcher::create(const world::World& world, const Settings& settings, Kind kind,
                                const std::string& selection) {
  auto parsed = TRY(Selection::parse(kind, selection, settings.now));
  const RowKind rows = TRY(row_kind(kind, Columns(), parsed));
  return Matcher(world, settings, kind, std::move(parsed), rows);
}

void Matcher::each(const Source& source, const std::function<void(const Row&)>& visit) const {
  const Scope scope{.all = true};
  Value scratch;
  for_each_row(source, kind_, rows_, scope, [&](Row& row) {
    if (selection_.matches(row, scratch)) visit(row);
  });
}

bool Matcher::vg(const world::VgView& vg) const {
  if (selection_.selects_all()) return true;
  bool found = false;
  each(Source(common_, vg), [&](const Row&) { found = true; });
  return found;
}

std::vector<LvId> Matcher::lvs(const world::VgView& vg) const {
  std::vector<LvId> found;
  each(Source(common_, vg),
       [&](const Row& row) { add_once(found, row.lv->gone != nullptr ? row.lv->gone->id : row.lv->lv->id); });
  return found;
}

std::vector<PvId> Matcher::pvs(const world::VgView& vg) const {
  std::vector<PvId> found;
  each(Source(common_, vg), [&](const Row& row) {
    if (row.pv->pv != nullptr) add_once(found, row.pv->pv->id);
  });
  return found;
}

std::vector<std::string> Matcher::outside() const {
  std::vector<std::string> found;
  for (const auto& source : sources(common_, Scope{.all = true}, Kind::pv)) {
    if (source->in_vg()) continue;
    each(*source, [&](const Row& row) {
      if (row.pv->device != nullptr) add_once(found, row.pv->device->path);
    });
  }
  return found;
}

Result<bool> select_matches(const world::World& world, const Settings& settings, const world::VgView& vg, LvId lv,
                            const std::string& selection) {
  const Matcher matcher = TRY(Matcher::create(world, settings, Kind::lv, selection));
  const auto found = matcher.lvs(vg);
  return std::find(found.begin(), found.end(), lv) != found.end();
}

}  // namespace lvm::report
