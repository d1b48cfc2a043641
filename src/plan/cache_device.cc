// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/cache_device.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/names.h"
#include "plan/lv_segments.h"
#include "plan/new_lv.h"
#include "plan/volume_size.h"

namespace lvm::plan {
namespace {

using model::Lv;
using model::Vg;

struct Place {
  std::vector<alloc::PvChoice> choices;
  Extents extents;
};

std::string path_of(const Context& context, PvId pv) {
  const world::PvDevice* device = context.world.find_pv(pv);
  return device ? device->device.path : pv.dashed();
}

Result<Place> place_of(const Context& context, const world::VgView& view, const Vg& vg, const CacheOptions& options) {
  bool by_tag = std::ranges::any_of(options.devices, [](const std::string& name) { return name.starts_with('@'); });
  if (by_tag && !options.size) return fail(Code::refused, "With tag as cachedevice, --cachesize is required.");
  std::vector<PvArgument> named;
  for (const std::string& name : options.devices) named.push_back({name, {}});
  alloc::FreeMap free(vg);
  Place out;
  out.choices = TRY(choose_pvs(context, view, named, free));
  out.extents = free_of(vg, free, out.choices);
  if (options.size) {
    out.extents = TRY(extents_of_bytes(context, vg, *options.size));
    return out;
  }
  for (const alloc::PvChoice& choice : out.choices) {
    const model::Pv* pv = vg.find_pv(choice.pv);
    if (pv && free_of(vg, free, {choice}) < pv->pe_count)
      return fail(Code::refused, fmt::format("PV {} is in use, --cachesize is required.", path_of(context, choice.pv)));
  }
  return out;
}

}  // namespace

Result<LvId> add_cache_device_volume(Stages& stages, const std::string& of, const CacheOptions& options) {
  const Context& context = stages.context();
  Vg after = stages.vg();
  Place place = TRY(place_of(context, stages.view(), after, options));
  Lv volume = new_lv(context, of + "_cache");
  if (after.find_lv(volume.name)) volume.name = model::next_lv_name(after, volume.name);
  TRY(model::check_name_lengths(after.name, volume.name));
  volume.read_ahead = Lv::kReadAheadNone;
  alloc::FreeMap free(after);
  GrowRequest grow{.extents = place.extents, .choices = std::move(place.choices)};
  TRY(grow_volume(context, after, free, grow, volume));
  LvId id = volume.id;
  std::string name = volume.name;
  std::string size = context.size_text(after.size_of(volume.extents()));
  after.lvs.push_back(std::move(volume));
  std::vector<step::Step> said;
  said.emplace_back(print(fmt::format("Creating cachevol LV {} with size {}.", name, size)));
  said.emplace_back(print(fmt::format("Logical volume \"{}\" created.", name)));
  stages.add_revocable(std::move(after), {}, std::move(said));
  return id;
}

}  // namespace lvm::plan
