// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/live.h"
#include "plan/images.h"
#include "segment/kind.h"

namespace lvm::plan::convert {
namespace {

using model::Lv;
using model::LvFlag;
using model::Role;
using model::Vg;

bool is_mirror(const Lv& lv) { return lv.as<model::Mirror>() != nullptr; }

}  // namespace

Result<std::vector<NewImage>> place_images(Job& job, const Vg& vg, std::uint32_t first, std::uint32_t count,
                                           Extents length, Extents metadata) {
  const Context& context = job.stages.context();
  alloc::FreeMap free(vg);
  std::vector<alloc::PvChoice> choices = TRY(choose_pvs(context, job.stages.view(), job.request.pvs, free));
  alloc::Request request = allocation_request(context, vg, job.lv, job.request.allocation);
  // Two images on one PV would be lost together.
  if (request.policy != model::Allocation::anywhere)
    std::erase_if(choices, [&](const alloc::PvChoice& choice) { return lies_on(vg, job.lv, choice.pv); });
  request.extents = length;
  request.copies = count;
  request.leg_metadata = metadata;
  request.choices = std::move(choices);
  std::vector<alloc::Placement> placements = TRY(alloc::allocate(vg, free, request));
  std::vector<NewImage> out;
  for (std::uint32_t i = 0; i < count; ++i) {
    NewImage image;
    image.data = new_part(context, job.lv, is_mirror(job.lv) ? Role::mirror_image : Role::raid_image, first + i);
    for (const alloc::Placement& placement : placements)
      append_legs(image.data, std::span(&placement.legs[i], 1), placement.length, Sectors());
    if (metadata) {
      image.metadata = new_part(context, job.lv, Role::raid_metadata, first + i);
      append_legs(image.metadata, std::span(&placements.front().metadata[i], 1), metadata, Sectors());
    }
    out.push_back(std::move(image));
  }
  return out;
}

Result<Lv> place_metadata(Job& job, const Vg& vg, const Lv& image, std::uint32_t number, Extents length) {
  const Context& context = job.stages.context();
  alloc::FreeMap free(vg);
  Lv out = new_part(context, job.lv, Role::raid_metadata, number);
  alloc::Request request = allocation_request(context, vg, out, job.request.allocation);
  request.extents = length;
  for (const alloc::PvChoice& choice : alloc::allocatable(vg))
    if (lies_on(vg, image, choice.pv)) request.choices.push_back(choice);
  std::vector<alloc::Placement> placements = TRY(alloc::allocate(vg, free, request));
  for (const alloc::Placement& placement : placements) append_legs(out, placement.legs, placement.length, Sectors());
  return out;
}

void add_for_clearing(Vg& vg, Lv lv) {
  lv.flags.set(LvFlag::visible);
  lv.flags.set(LvFlag::rebuild);
  vg.lvs.push_back(std::move(lv));
}

Result<AddedImages> add_cleared(Job& job, Vg& vg, std::vector<NewImage> images) {
  AddedImages out;
  for (NewImage& image : images) {
    out.metadata.push_back(image.metadata.id);
    out.data.push_back(image.data.id);
    add_for_clearing(vg, std::move(image.metadata));
    add_for_clearing(vg, std::move(image.data));
  }
  TRY(clear_parts(job.stages, vg, out.metadata));
  for (const std::vector<LvId>& parts : {out.metadata, out.data})
    for (LvId id : parts) hide(vg, id);
  return out;
}

Result<std::vector<LvId>> add_metadata(Job& job, Vg& vg, const std::vector<model::Area>& images, Extents length) {
  std::vector<LvId> out;
  for (std::uint32_t i = 0; i < images.size(); ++i) {
    const Lv image = *vg.find_lv(std::get<model::LvArea>(images[i]).lv);
    Lv part = TRY(place_metadata(job, vg, image, i, length));
    out.push_back(part.id);
    add_for_clearing(vg, std::move(part));
  }
  TRY(clear_parts(job.stages, vg, out));
  for (LvId id : out) hide(vg, id);
  clear_rebuild(vg, out);
  return out;
}

void hide(Vg& vg, LvId id) { vg.find_lv(id)->flags.clear(LvFlag::visible); }

void clear_rebuild(Vg& vg, const std::vector<LvId>& parts) {
  for (LvId id : parts) vg.find_lv(id)->flags.clear(LvFlag::rebuild);
}

void extract(Vg& vg, LvId id, bool rename) {
  Lv& lv = *vg.find_lv(id);
  lv.flags.set(LvFlag::visible);
  if (rename) lv.name += "_extracted";
}

void take_down(Stages& stages, const std::vector<LvId>& parts) {
  const Context& context = stages.context();
  std::vector<step::Step> steps;
  for (LvId id : parts)
    for (const activate::OwnedDevice& device :
         activate::owned_devices(context.world, stages.vg(), *stages.vg().find_lv(id)))
      steps.push_back(activate::remove_step(stages.vg(), device, context.config));
  if (steps.empty()) return;
  steps.emplace_back(step::Settle{});
  stages.add_steps(std::move(steps));
}

void erase(Vg& vg, const std::vector<LvId>& parts) {
  const model::Relations relations(vg);
  std::vector<LvId> all;
  for (LvId part : parts)
    for (std::uint32_t position : relations.with_parts(relations.position(part))) all.push_back(vg.lvs[position].id);
  std::erase_if(vg.lvs, [&](const Lv& lv) { return std::ranges::find(all, lv.id) != all.end(); });
}

Result<Vg> let_go(Job& job, Vg vg, const std::vector<LvId>& parts) {
  TRY(job.stages.change(vg, job.lv.id));
  take_down(job.stages, parts);
  erase(vg, parts);
  return vg;
}

void number_images(Vg& vg, LvId id) {
  const Lv& lv = *vg.find_lv(id);
  if (lv.segments.empty()) return;
  for (const model::Reference& reference : model::references(lv.segments.front().body)) {
    const model::RoleRow& row = model::row_of(reference.role);
    if (!row.numbered) continue;
    Lv& image = *vg.find_lv(reference.lv);
    image.name = fmt::format("{}{}{}", lv.name, row.suffix, reference.index);
    if (const auto* integrity = image.as<model::Integrity>())
      for (const model::Reference& below : model::references(*integrity))
        vg.find_lv(below.lv)->name = image.name + std::string(model::row_of(below.role).suffix);
  }
}

}  // namespace lvm::plan::convert
