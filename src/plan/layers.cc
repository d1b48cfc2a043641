// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/layers.h"

#include <algorithm>
#include <utility>

#include "model/names.h"
#include "model/relations.h"
#include "plan/new_lv.h"

namespace lvm::plan {

using model::Lv;
using model::Vg;

namespace {

// What a volume consists of is named after it.
void rename_parts(Vg& vg, LvId id, const std::string& old, const std::string& name) {
  model::Relations relations(vg);
  for (std::uint32_t part : relations.with_parts(relations.position(id)))
    if (vg.lvs[part].id != id)
      if (auto renamed = model::rename_sub_lv(vg.lvs[part].name, old, name)) vg.lvs[part].name = *renamed;
}

}  // namespace

std::vector<model::Segment> hollow(Lv& lv) {
  const Extents extents = lv.extents();
  std::vector<model::Segment> out = std::exchange(lv.segments, {});
  lv.segments.push_back({Extents(), extents, {}, model::ErrorSegment{}, {}, {}});
  return out;
}

LvId push_layer(const Context& context, Vg& vg, LvId id, model::Role role) {
  Lv& lv = *vg.find_lv(id);
  Lv layer = new_lv(context, lv.name + std::string(model::row_of(role).suffix), Seen::hidden);
  layer.flags.set(model::LvFlag::read, lv.flags.has(model::LvFlag::read));
  layer.flags.set(model::LvFlag::write, lv.writable());
  layer.allocation = lv.allocation;
  layer.segments = std::move(lv.segments);
  lv.segments.clear();
  LvId out = layer.id;
  std::string name = lv.name, layer_name = layer.name;
  vg.lvs.push_back(std::move(layer));
  rename_parts(vg, out, name, layer_name);
  return out;
}

void vacate_layer(Vg& vg, LvId id, LvId layer) {
  rename_parts(vg, layer, vg.find_lv(layer)->name, vg.find_lv(id)->name);
  vg.find_lv(id)->segments = hollow(*vg.find_lv(layer));
}

void pop_layer(Vg& vg, LvId id, LvId layer) {
  vacate_layer(vg, id, layer);
  std::erase_if(vg.lvs, [&](const Lv& lv) { return lv.id == layer; });
}

void rename_whole(Vg& vg, LvId id, const std::string& name) {
  rename_parts(vg, id, vg.find_lv(id)->name, name);
  vg.find_lv(id)->name = name;
}

std::string name_without_role(const Vg& vg, const Lv& lv, model::Role role) {
  std::string_view suffix = model::row_of(role).suffix;
  if (!lv.name.ends_with(suffix)) return lv.name;
  std::string name = lv.name.substr(0, lv.name.size() - suffix.size());
  return vg.find_lv(name) ? model::next_lv_name(vg) : name;
}

}  // namespace lvm::plan
