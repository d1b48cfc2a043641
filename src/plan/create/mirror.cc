// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "plan/create/kinds.h"
#include "plan/images.h"

// The older mirror: images, and a log that says which regions are equal: in memory, or on a small volume that is
// written before it is believed.
namespace lvm::plan::create {
namespace {

using model::Mirror;
using model::Role;

struct Shape {
  std::uint32_t stripes = 1, copies = 2;
  std::uint32_t logs = 1;
  Sectors stripe_size;
};

Result<Shape> choose_shape(const Draft& draft) {
  const RaidOptions& options = draft.request.raid;
  Shape shape;
  shape.logs = TRY(mirror_log_copies(draft.context, options.mirror_log));
  shape.stripes = draft.request.stripes.value_or(1);
  shape.stripe_size = TRY(choose_stripe_size(draft, shape.stripes));
  shape.copies = options.mirrors.value_or(1) + 1;
  if (shape.copies < 2) return fail(Code::usage, "--mirrors must be at least 1 with segment type mirror.");
  if (shape.copies > model::kMaxMirrorImages)
    return fail(Code::usage,
                fmt::format("Only up to {} mirrors in mirror supported currently.", model::kMaxMirrorImages));
  return shape;
}

// The images as LVs of the draft, with their extents.
Mirror add_images(Draft& draft, const Shape& shape, const std::vector<alloc::Placement>& placements) {
  Mirror mirror;
  for (std::uint32_t i = 0; i < shape.copies; ++i) {
    model::Lv image = new_part(draft.context, draft.lv(), Role::mirror_image, i);
    for (const alloc::Placement& placement : placements)
      append_legs(image, std::span(&placement.legs[i * shape.stripes], shape.stripes), placement.length,
                  shape.stripe_size);
    mirror.areas.emplace_back(model::LvArea{image.id, Extents()});
    draft.vg.lvs.push_back(std::move(image));
  }
  return mirror;
}

// The log's LV, if there is one.
Result<std::optional<LvId>> place(Draft& draft, const Shape& shape, const std::vector<alloc::PvChoice>& choices) {
  const model::Vg& vg = draft.before();
  WantedExtents wanted = TRY(wanted_extents(draft, choices, shape.copies));
  Extents extents = round_to_stripes(draft, wanted, shape.stripes, shape.stripe_size);
  TRY(check_room(draft, wanted, extents, shape.stripes, choices));
  Sectors region_size = region_size_for(draft.context, draft.request.raid.region_size, true, vg.size_of(extents));
  alloc::Request request = allocation_request(draft.context, vg, draft.lv());
  request.extents = extents;
  request.stripes = shape.stripes;
  request.copies = shape.copies;
  request.approximate = wanted.approximate;
  request.choices = choices;
  if (shape.logs > 0) {
    request.logs = shape.logs;
    request.log_length = mirror_log_extents(vg, extents, region_size);
    request.shared_logs = !draft.context.config.flag("allocation/mirror_logs_require_separate_pvs");
  }
  std::vector<alloc::Placement> placements = TRY(alloc::allocate(vg, draft.free, request));
  Extents length;
  for (const alloc::Placement& placement : placements) length += placement.length;
  Mirror mirror = add_images(draft, shape, placements);
  mirror.region_size = region_size;
  draft.lv().segments.push_back({Extents(), length * shape.stripes, {}, std::move(mirror), {}, {}});
  if (shape.logs == 0) return std::nullopt;
  return add_mirror_log(draft.context, draft.vg, new_part(draft.context, draft.lv(), Role::mirror_log, 0),
                        placements.front().logs, request.log_length);
}

Result<step::Plan> make(Draft& draft) {
  const RaidOptions& options = draft.request.raid;
  Shape shape = TRY(choose_shape(draft));
  std::vector<alloc::PvChoice> choices = TRY(choose_pvs(draft.context, draft.view, draft.request.pvs, draft.free));
  std::optional<LvId> log = TRY(place(draft, shape, choices));
  if (options.nosync) {
    draft.lv().flags.set(model::LvFlag::not_synced);
    draft.context.note(warn("WARNING: New mirror won't be synchronised. Don't read what you didn't write!"));
  }
  Stages stages(draft.context, draft.view);
  if (log) {
    model::Vg vg = draft.vg;
    vg.find_lv(*log)->flags.set(model::LvFlag::visible);
    TRY(clear_parts(stages, std::move(vg), std::span(&*log, 1), {.in_sync = options.nosync, .log = true}));
    draft.lv().as<Mirror>()->log = *log;
  }
  if (options.unmonitored) warn_unmonitored(draft.context, draft.vg, draft.lv());
  return finish(draft, stages, true, {.nosync = options.nosync, .unmonitored = options.unmonitored});
}

constexpr std::string_view kTypes[] = {"mirror"};

}  // namespace

constexpr Kind mirror_kind = {.types = kTypes, .make = make};

}  // namespace lvm::plan::create
