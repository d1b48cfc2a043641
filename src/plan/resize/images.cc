// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "plan/convert/integrity.h"
#include "plan/image_space.h"
#include "plan/images.h"
#include "plan/lv_segments.h"
#include "plan/resize/kinds.h"
#include "segment/kind.h"

// Raids and mirrors: every image grows and shrinks alike.
namespace lvm::plan::resize {
namespace {

using model::Lv;
using model::Mirror;
using model::Raid;
using model::Vg;

// What a raid and a mirror have in common.
struct Shape {
  std::uint32_t stripes = 1, copies = 1, parity = 0;
  bool striped_raid = false;
};

Shape shape_of(const Lv& lv) {
  if (const auto* mirror = lv.as<Mirror>()) return {.copies = static_cast<std::uint32_t>(mirror->areas.size())};
  const auto& raid = *lv.as<Raid>();
  return {raid.data_stripes(), raid.copies(), raid.row().parity, raid.row().striped};
}

// As the reference counts: what parity takes is not part of a share of free space.
Extents logical(const Lv& lv, Extents physical) {
  Shape shape = shape_of(lv);
  return Extents(physical.n / (shape.stripes * shape.copies) * shape.stripes);
}

Result<> check(const Job& job) {
  const Vg& vg = job.before();
  const Lv& lv = *vg.find_lv(job.id);
  for (LvId id : images_of(lv)) {
    const Lv& image = *vg.find_lv(extents_of_image(vg, id));
    for (const model::Segment& segment : image.segments)
      if (!std::holds_alternative<model::Striped>(segment.body))
        return fail(Code::unsupported, fmt::format("Resizing {}/{} is not possible yet: its image {} is of type {}.",
                                                   vg.name, lv.name, image.name, segment::type_name(segment)));
  }
  if (job.request.mirrors && *job.request.mirrors + 1 != shape_of(lv).copies)
    return fail(Code::refused, "Cannot vary number of mirrors in LV yet.");
  return {};
}

// Checksums are kept for every block, and their number grows with that of the blocks.
Result<> grow_checksums(Job& job, LvId image_id) {
  Lv& image = *job.vg.find_lv(image_id);
  auto* integrity = image.as<model::Integrity>();
  if (!integrity) return {};
  Extents extents = job.vg.find_lv(integrity->origin)->extents();
  image.segments.front().count = extents;
  integrity->data_sectors = job.vg.size_of(extents);
  return integrity->metadata ? convert::grow_integrity_metadata(job.context, job.vg, image_id) : Result<>();
}

Extents round_amount(const Job& job, Extents amount) {
  const Vg& vg = job.before();
  Shape shape = shape_of(*vg.find_lv(job.id));
  std::uint64_t rest = amount.n % shape.stripes;
  if (!shape.striped_raid || rest == 0) return amount;
  bool down = job.request.size.sign == LvSize::Sign::minus;
  Extents rounded(amount.n - rest + (down ? 0 : shape.stripes));
  job.context.note(print(fmt::format("Rounding size {} {} to stripe boundary size {}.", sized(job.context, vg, amount),
                                     down ? "down" : "up", sized(job.context, vg, rounded))));
  return rounded;
}

// The metadata beside the images keeps a bit for each region.
Result<> check_metadata(const Job& job, const Raid& raid, Extents image) {
  const Vg& vg = job.before();
  if (raid.metadata.empty() || !raid.region_size) return {};
  Extents has = vg.find_lv(raid.metadata.front())->extents();
  Extents needs = raid_metadata_extents(vg, image, raid.region_size);
  if (needs <= has) return {};
  return fail(Code::refused,
              fmt::format("Cannot extend {}/{}: its metadata images have {} extents, {} would be needed. Make its "
                          "regions larger first: lvconvert --regionsize.",
                          vg.name, vg.find_lv(job.id)->name, has.n, needs.n));
}

Result<> grow(Job& job, Extents wanted) {
  const Context& context = job.context;
  Shape shape = shape_of(job.lv());
  const auto* raid = job.lv().as<Raid>();
  if (shape.striped_raid && job.request.stripes && *job.request.stripes != shape.stripes)
    return fail(Code::refused, fmt::format("Unable to extend \"{}\" segment type with different number of stripes.",
                                           segment::text_name(job.lv().segments.front().body)));
  std::vector<alloc::PvChoice> choices = TRY(choose_pvs(context, job.view, job.request.pvs, job.free));
  if (shape.copies > 1)
    context.note(print(fmt::format("Extending {} mirror images.", shape.copies)));
  else if (raid && raid->stripe_size)
    context.note(print(fmt::format("Using stripesize of last segment {}", job.context.size_text(raid->stripe_size))));
  std::vector<LvId> images = images_of(job.lv());
  ImageGrowth growth{wanted - job.lv().extents(), job.request.allocation, job.request.size.percent(),
                     std::move(choices)};
  const Lv lv = job.lv();
  Extents added = TRY(grow_images(context, job.vg, lv, job.free, growth));
  model::Segment& segment = job.lv().segments.front();
  segment.count += added * shape.stripes;
  for (LvId image : images) TRY(grow_checksums(job, image));
  if (raid) TRY(check_metadata(job, *raid, job.vg.find_lv(images.front())->extents()));
  // A mirror that was made without its first copy grows without one.
  if (job.lv().as<Mirror>() && (job.request.nosync || job.lv().flags.has(model::LvFlag::not_synced))) {
    job.lv().flags.set(model::LvFlag::not_synced);
    job.options.nosync = true;
  }
  return {};
}

Result<> check_shrink(const Job& job) {
  const Vg& vg = job.before();
  for (LvId id : images_of(*vg.find_lv(job.id)))
    if (vg.find_lv(id)->as<model::Integrity>()) return fail(Code::refused, "Cannot reduce LV with integrity.");
  return {};
}

Extents round_reduced(const Job& job, Extents wanted) {
  Shape shape = shape_of(*job.before().find_lv(job.id));
  return Extents(round_up(wanted.n, shape.stripes));
}

void shrink(Job& job, Extents wanted) {
  Shape shape = shape_of(job.lv());
  for (LvId id : images_of(job.lv())) shrink_volume(*job.vg.find_lv(id), Extents(wanted.n / shape.stripes));
  job.lv().segments.front().count = wanted;
}

}  // namespace

constexpr Kind images_kind = {
    .handles = [](const Lv& lv) { return (lv.as<Raid>() || lv.as<Mirror>()) && lv.segments.size() == 1; },
    .check = check,
    .logical = logical,
    .round_amount = round_amount,
    .grow = grow,
    .check_shrink = check_shrink,
    .round_reduced = round_reduced,
    .shrink = shrink,
};

}  // namespace lvm::plan::resize
