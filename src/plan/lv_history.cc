// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/lv_history.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace lvm::plan {

using metadata::HistoricalLv;
using model::Lv;
using model::Vg;

namespace {

std::string gone(std::string_view name) { return "-" + std::string(name); }

void change_name(std::string& name, std::string_view from, std::string_view to) {
  if (name == from) name = to;
}

}  // namespace

HistoricalLv* LvHistory::parent_of(std::string_view living) {
  for (HistoricalLv& entry : entries_)
    if (std::ranges::find(entry.descendants, living) != entry.descendants.end()) return &entry;
  return nullptr;
}

void LvHistory::leave(const Vg& vg, const Lv& lv, bool record, std::int64_t now) {
  const auto* thin = lv.as<model::Thin>();
  if (!thin) return;
  HistoricalLv entry{lv.name, lv.id, lv.creation_time, now, {}, {}};
  if (const Lv* origin = thin->origin ? vg.find_lv(thin->origin) : nullptr) entry.origin = origin->name;
  if (HistoricalLv* parent = parent_of(lv.name)) {
    entry.origin = gone(parent->name);
    std::erase(parent->descendants, lv.name);
  }
  for (const Lv& other : vg.lvs) {
    const auto* child = other.as<model::Thin>();
    if (child && child->origin == lv.id) entry.descendants.push_back(other.name);
  }
  bool related = !entry.origin.empty() || !entry.descendants.empty();
  for (HistoricalLv& child : entries_) {
    if (child.origin != lv.name) continue;
    related = true;
    child.origin = record ? gone(lv.name) : std::string();
  }
  if (!record && entry.origin.starts_with('-')) entry.origin.clear();
  if (record && related) entries_.push_back(std::move(entry));
}

void LvHistory::merge(const Lv& snapshot, const std::string& origin, std::int64_t now) {
  for (HistoricalLv& child : entries_) change_name(child.origin, snapshot.name, gone(snapshot.name));
  entries_.push_back({snapshot.name, snapshot.id, snapshot.creation_time, now, {}, {origin}});
}

void LvHistory::forget(std::string_view name) {
  const HistoricalLv* found = find(name);
  if (!found) return;
  HistoricalLv entry = *found;
  entries_.erase(entries_.begin() + (found - entries_.data()));
  for (HistoricalLv& child : entries_)
    if (child.origin == gone(entry.name)) child.origin = entry.origin;
  for (HistoricalLv& parent : entries_)
    if (entry.origin == gone(parent.name))
      parent.descendants.insert(parent.descendants.end(), entry.descendants.begin(), entry.descendants.end());
}

std::vector<std::string> LvHistory::forget_barren() {
  std::unordered_map<std::string_view, const HistoricalLv*> by_name;
  for (const HistoricalLv& entry : entries_) by_name.emplace(entry.name, &entry);
  // From those who have descendants up to where they come from; what is known already ends a way, and a loop.
  std::unordered_set<const HistoricalLv*> bearing;
  for (const HistoricalLv& entry : entries_) {
    const HistoricalLv* at = entry.descendants.empty() ? nullptr : &entry;
    while (at && bearing.insert(at).second) {
      auto origin = at->origin.starts_with('-') ? by_name.find(std::string_view(at->origin).substr(1)) : by_name.end();
      at = origin == by_name.end() ? nullptr : origin->second;
    }
  }
  std::vector<std::string> out;
  std::vector<HistoricalLv> left;
  for (const HistoricalLv& entry : entries_) {
    if (bearing.contains(&entry))
      left.push_back(entry);
    else
      out.push_back(entry.name);
  }
  entries_ = std::move(left);
  return out;
}

bool LvHistory::forget_before(std::int64_t removal_time) {
  std::vector<std::string> old;
  for (const HistoricalLv& entry : entries_)
    if (entry.removal_time < removal_time) old.push_back(entry.name);
  for (const std::string& name : old) forget(name);
  return !old.empty();
}

void LvHistory::rename(std::string_view from, std::string_view to) {
  for (HistoricalLv& entry : entries_) {
    change_name(entry.origin, from, to);
    if (from.starts_with('-')) change_name(entry.name, from.substr(1), to.substr(1));
    for (std::string& name : entry.descendants) change_name(name, from, to);
  }
}

}  // namespace lvm::plan
