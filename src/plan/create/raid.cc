// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "plan/convert/integrity.h"
#include "plan/create/kinds.h"
#include "plan/image_space.h"
#include "plan/images.h"

// Raids of every level: images side by side, each with a small metadata volume in front of it on the same PV. What an
// older raid left in those would be believed, so they are cleared before the raid comes up.
namespace lvm::plan::create {
namespace {

using model::Raid;
using model::RaidType;
using model::RaidTypeRow;
using model::Role;

constexpr std::uint32_t kUsualMirrors = 1, kUsualStripes = 2;

// How many images, and what each holds.
struct Shape {
  const RaidTypeRow* row = nullptr;
  std::uint32_t stripes = 1, copies = 1;
  Sectors stripe_size, region_size;
  std::uint32_t images() const { return stripes * copies + row->parity; }
};

std::unexpected<Error> too_few_stripes(const Shape& shape) {
  return fail(Code::usage, fmt::format("Minimum of {} stripes required for {}.",
                                       std::max(kUsualStripes, shape.row->least_stripes), shape.row->name));
}

Result<> check_mirrors(const Draft& draft, const Shape& shape) {
  const RaidTypeRow& row = *shape.row;
  auto mirrors = draft.request.raid.mirrors;
  if (!mirrors) return {};
  if (!row.mirrored)
    return fail(Code::usage, fmt::format("Mirror argument cannot be used with segment type, {}", row.name));
  if (*mirrors == 0)
    return fail(Code::usage, fmt::format("--mirrors must be at least 1 with segment type {}.", row.name));
  if (row.striped && *mirrors != kUsualMirrors)
    return fail(Code::usage, "RAID10 currently supports only 2-way mirroring (i.e. '-m 1')");
  if (*mirrors + 1 > model::kMaxRaidImages)
    return fail(Code::usage,
                fmt::format("Only up to {} mirrors in {} supported currently.", model::kMaxRaidImages, row.name));
  return {};
}

// As many stripes as there are PVs for, if the configuration wants that.
std::uint32_t default_stripes(const Draft& draft, const RaidTypeRow& row, std::size_t pvs) {
  std::uint32_t least = std::max(kUsualStripes, row.least_stripes);
  if (!draft.context.config.flag("allocation/raid_stripe_all_devices")) return least;
  std::size_t copies = row.mirrored ? kUsualMirrors + 1 : 1;
  std::size_t most = pvs / copies - std::min<std::size_t>(row.parity, pvs / copies);
  return std::max(least, static_cast<std::uint32_t>(most));
}

Result<Shape> choose_shape(const Draft& draft, std::size_t pvs) {
  const LvCreateRequest& request = draft.request;
  Shape shape;
  shape.row = model::find_raid_type(request.type);
  const RaidTypeRow& row = *shape.row;
  if (!row.striped && request.stripes.value_or(1) > 1)
    return fail(Code::usage, fmt::format("Stripes argument cannot be used with segment type, {}", row.name));
  if (row.striped) {
    shape.stripes = request.stripes.value_or(default_stripes(draft, row, pvs));
    if (shape.stripes < kUsualStripes)
      return fail(Code::usage, fmt::format("Minimum of {} stripes required for {}.", kUsualStripes, row.name));
  }
  shape.stripe_size = TRY(choose_stripe_size(draft, shape.stripes));
  if (row.striped && shape.stripes < row.least_stripes) return too_few_stripes(shape);
  TRY(check_mirrors(draft, shape));
  if (row.mirrored) shape.copies = request.raid.mirrors.value_or(kUsualMirrors) + 1;
  if (request.raid.nosync && row.parity > 1) return fail(Code::usage, "nosync option prohibited on RAID6.");
  if (shape.images() > model::kMaxRaidImages)
    return fail(Code::usage,
                fmt::format("Only up to {} images in {} supported currently.", model::kMaxRaidImages, row.name));
  return shape;
}

// The images and their metadata as LVs of the draft, with extents; their ids are in the body.
Raid add_images(Draft& draft, const Shape& shape, const std::vector<alloc::Placement>& placements,
                Extents metadata_length) {
  Raid raid;
  for (std::uint32_t i = 0; i < shape.images(); ++i) {
    model::Lv image = new_part(draft.context, draft.lv(), Role::raid_image, i);
    for (const alloc::Placement& placement : placements)
      append_legs(image, std::span(&placement.legs[i], 1), placement.length, Sectors());
    raid.areas.emplace_back(model::LvArea{image.id, Extents()});
    draft.vg.lvs.push_back(std::move(image));
    if (!shape.row->has_metadata) continue;
    model::Lv metadata = new_part(draft.context, draft.lv(), Role::raid_metadata, i);
    append_legs(metadata, std::span(&placements.front().metadata[i], 1), metadata_length, Sectors());
    raid.metadata.push_back(metadata.id);
    draft.vg.lvs.push_back(std::move(metadata));
  }
  return raid;
}

Result<> place(Draft& draft, Shape& shape, const std::vector<alloc::PvChoice>& choices) {
  const model::Vg& vg = draft.before();
  WantedExtents wanted = TRY(wanted_extents(draft, choices, shape.copies));
  Extents extents = round_to_stripes(draft, wanted, shape.stripes, shape.stripe_size);
  TRY(check_room(draft, wanted, extents, shape.stripes, choices));
  bool has_regions = shape.row->has_metadata && shape.row->kernel_name != "raid0";
  if (has_regions)
    shape.region_size = region_size_for(draft.context, draft.request.raid.region_size, false, vg.size_of(extents));
  Extents metadata;
  if (shape.row->has_metadata)
    metadata =
        has_regions ? raid_metadata_extents(vg, Extents(extents.n / shape.stripes), shape.region_size) : Extents(1);
  alloc::Request request = allocation_request(draft.context, vg, draft.lv());
  request.extents = extents;
  request.stripes = shape.stripes;
  request.copies = shape.copies;
  request.parity = shape.row->parity;
  request.leg_metadata = metadata;
  request.approximate = wanted.approximate;
  request.choices = choices;
  std::vector<alloc::Placement> placements = TRY(alloc::allocate(vg, draft.free, request));
  Extents length;
  for (const alloc::Placement& placement : placements) length += placement.length;
  Raid raid = add_images(draft, shape, placements, metadata);
  raid.type = shape.row->type;
  if (shape.row->mirrored && shape.row->striped) raid.data_copies = shape.copies;
  raid.stripe_size = shape.stripe_size;
  raid.region_size = shape.region_size;
  // Without copies and parity there is nothing to recover, and LVM2 refuses a VG that says how fast.
  if (shape.row->mirrored || shape.row->parity != 0) {
    raid.min_recovery_rate = draft.request.raid.min_recovery_rate.value_or(0);
    raid.max_recovery_rate = draft.request.raid.max_recovery_rate.value_or(0);
  }
  draft.lv().segments.push_back({Extents(), length * shape.stripes, {}, std::move(raid), {}, {}});
  return {};
}

// The VG while the metadata images are cleared: they are volumes of their own, and nobody brings the raid up.
model::Vg while_cleared(const Draft& draft, const std::vector<LvId>& metadata) {
  model::Vg vg = draft.vg;
  vg.find_lv(draft.id)->flags.set(model::LvFlag::activation_skip);
  for (LvId id : metadata) vg.find_lv(id)->flags.set(model::LvFlag::visible);
  return vg;
}

Result<convert::IntegrityOptions> integrity_of(Draft& draft) {
  const RaidOptions& asked = draft.request.raid;
  convert::IntegrityOptions out{asked.integrity_mode, asked.integrity_block_size};
  TRY(convert::check_integrity(out, draft.lv()));
  out.block_size = TRY(new_integrity_block_size(draft.vg, draft.lv(), draft.request.blocks, out.block_size));
  return out;
}

// The raid is whole before its images get checksums below them; it comes up with those.
Result<step::Plan> finish_with_integrity(Draft& draft, Stages& stages) {
  convert::IntegrityOptions options = TRY(integrity_of(draft));
  stages.add_revocable(draft.vg, {}, {});
  draft.vg = TRY(convert::with_integrity(stages, draft.vg, images_of(*draft.vg.find_lv(draft.id)), options));
  bool live = comes_up(draft);
  step::Plan plan = TRY(finish(draft, stages, true, {.nosync = draft.request.raid.nosync}));
  // Until it has been up once, nothing is calculated yet.
  if (!live) return plan;
  model::Vg last = *plan.stages.back().after;
  convert::clear_recalculate(last, draft.id);
  plan.stages.push_back(metadata_stage(plan.stages.back().after, std::move(last)));
  return plan;
}

Result<step::Plan> make(Draft& draft) {
  std::vector<alloc::PvChoice> choices = TRY(choose_pvs(draft.context, draft.view, draft.request.pvs, draft.free));
  Shape shape = TRY(choose_shape(draft, choices.size()));
  TRY(place(draft, shape, choices));
  if (draft.request.raid.nosync) {
    draft.lv().flags.set(model::LvFlag::not_synced);
    draft.context.note(
        warn(fmt::format("WARNING: New {} won't be synchronised. Don't read what you didn't write!", shape.row->name)));
  }
  Stages stages(draft.context, draft.view);
  std::vector<LvId> metadata = draft.lv().as<Raid>()->metadata;
  if (!metadata.empty()) TRY(clear_parts(stages, while_cleared(draft, metadata), metadata));
  if (draft.request.raid.integrity) return finish_with_integrity(draft, stages);
  return finish(draft, stages, true, {.nosync = draft.request.raid.nosync});
}

constexpr auto kTypes = [] {
  std::array<std::string_view, std::size(model::kRaidTypes)> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = model::kRaidTypes[i].name;
  return names;
}();

}  // namespace

constexpr Kind raid_kind = {.types = kTypes, .make = make};

}  // namespace lvm::plan::create
