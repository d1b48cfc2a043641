// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/image_space.h"

#include <algorithm>
#include <utility>

#include "model/usable.h"
#include "segment/kind.h"

namespace lvm::plan {
namespace {

using model::Lv;
using model::LvFlag;
using model::Raid;
using model::Vg;

// Appends `count` extents of `from`, beginning at extent `start` of it. Stretches that continue each other become one.
void append_part(Lv& to, const Lv& from, Extents start, Extents count) {
  for (const model::Segment& segment : from.segments) {
    Extents begin = std::max(start, segment.start), end = std::min(start + count, segment.start + segment.count);
    if (begin >= end) continue;
    const auto& striped = std::get<model::Striped>(segment.body);
    std::vector<alloc::Placement::Leg> legs;
    for (const model::Area& area : striped.areas) {
      const auto& on_pv = std::get<model::PvArea>(area);
      legs.push_back({on_pv.pv, on_pv.start + (begin - segment.start) / striped.areas.size()});
    }
    append_legs(to, legs, (end - begin) / legs.size(), striped.stripe_size);
  }
}

// The first `count` extents go to the end.
void rotate(Vg& vg, LvId id, Extents count) {
  Lv& lv = *vg.find_lv(id);
  Lv turned;
  append_part(turned, lv, count, lv.extents() - count);
  append_part(turned, lv, Extents(), count);
  turned.segments.front().reshape_extents = lv.segments.front().reshape_extents;
  lv.segments = std::move(turned.segments);
}

}  // namespace

std::vector<LvId> images_of(const Lv& lv) {
  std::vector<LvId> out;
  for (const model::Area& area : segment::areas(lv.segments.front())) out.push_back(std::get<model::LvArea>(area).lv);
  return out;
}

std::optional<alloc::Previous> ends_of(const Vg& vg, const std::vector<LvId>& images) {
  alloc::Previous out;
  for (LvId id : images) {
    const Lv& image = *vg.find_lv(id);
    const model::Segment& last = image.segments.back();
    for (const model::Area& area : segment::areas(last)) {
      const auto* on_pv = std::get_if<model::PvArea>(&area);
      if (!on_pv) return std::nullopt;
      out.legs.push_back({on_pv->pv, on_pv->start + segment::area_length(last)});
    }
  }
  for (const auto& leg : out.legs) out.all_pvs.push_back(leg.pv);
  return out;
}

LvId extents_of_image(const Vg& vg, LvId image) {
  const auto* integrity = vg.find_lv(image)->as<model::Integrity>();
  return integrity ? integrity->origin : image;
}

Result<Extents> grow_images(const Context& context, Vg& vg, const Lv& lv, const alloc::FreeMap& free,
                            const ImageGrowth& growth) {
  const auto* raid = lv.as<Raid>();
  std::vector<LvId> images = images_of(lv);
  for (LvId& image : images) image = extents_of_image(vg, image);
  std::uint32_t copies = raid ? raid->copies() : static_cast<std::uint32_t>(images.size());
  std::uint32_t stripes = raid ? raid->data_stripes() : 1;
  std::uint32_t legs = segment::stripe_count(vg.find_lv(images.front())->segments.back());
  alloc::Request request = allocation_request(context, vg, lv, growth.allocation);
  request.extents = Extents(round_up(growth.extents.n, stripes * legs));
  request.stripes = stripes * legs;
  request.copies = copies;
  request.parity = raid ? raid->row().parity : 0;
  request.approximate = growth.approximate;
  request.choices = growth.choices;
  request.previous = ends_of(vg, images);
  std::vector<alloc::Placement> placements = TRY(alloc::allocate(vg, free, request));
  Extents added;
  for (const alloc::Placement& placement : placements) {
    for (std::size_t i = 0; i < images.size(); ++i) {
      Lv& image = *vg.find_lv(images[i]);
      append_legs(image, std::span(&placement.legs[i * legs], legs), placement.length,
                  segment::stripe_size(image.segments.back()));
    }
    added += placement.length * legs;
  }
  return added;
}

Extents reshape_space(const Lv& lv) { return lv.segments.front().reshape_extents; }

Extents reshape_space_needed(const Vg& vg, Sectors stripe_size) {
  constexpr Sectors kLeast{2048};
  return to_extents_ceil(std::max(kLeast, stripe_size), vg.extent_size);
}

Result<> add_reshape_space(const Context& context, Vg& vg, LvId id, Extents space) {
  const Lv lv = *vg.find_lv(id);
  std::uint32_t stripes = lv.as<Raid>()->data_stripes();
  ImageGrowth growth{.extents = space * stripes, .choices = alloc::allocatable(vg)};
  Extents added = TRY(grow_images(context, vg, lv, alloc::FreeMap(vg), growth));
  Lv& grown = *vg.find_lv(id);
  grown.segments.front().count += added * model::images_with_data(*grown.as<Raid>());
  set_reshape_space(vg, id, space);
  return {};
}

void move_reshape_space_to_front(Vg& vg, LvId id) {
  Extents space = reshape_space(*vg.find_lv(id));
  for (LvId image : images_of(*vg.find_lv(id))) rotate(vg, image, vg.find_lv(image)->extents() - space);
}

void move_reshape_space_to_end(Vg& vg, LvId id) {
  Extents space = reshape_space(*vg.find_lv(id));
  for (LvId image : images_of(*vg.find_lv(id))) rotate(vg, image, space);
}

void set_reshape_space(Vg& vg, LvId id, Extents space) {
  Lv& lv = *vg.find_lv(id);
  lv.segments.front().reshape_extents = space;
  for (LvId image : images_of(lv)) vg.find_lv(image)->segments.front().reshape_extents = space;
}

void drop_reshape_space(Vg& vg, LvId id) {
  Lv& lv = *vg.find_lv(id);
  Extents space = reshape_space(lv);
  for (LvId image : images_of(lv)) shrink_volume(*vg.find_lv(image), vg.find_lv(image)->extents() - space);
  lv.segments.front().count = model::usable(lv.segments.front());
  set_reshape_space(vg, id, Extents());
  lv.flags.clear(LvFlag::reshape);
  lv.flags.clear(LvFlag::reshape_data_offset);
}

void settle_reshape(Vg& vg, LvId id) {
  Raid& raid = *vg.find_lv(id)->as<Raid>();
  raid.data_offset.reset();
  for (std::size_t i = 0; i < raid.areas.size(); ++i) {
    Lv& image = *vg.find_lv(std::get<model::LvArea>(raid.areas[i]).lv);
    image.flags.clear(LvFlag::reshape_delta_disks_plus);
    if (!image.flags.has(LvFlag::reshape_delta_disks_minus)) continue;
    image.flags.clear(LvFlag::reshape_delta_disks_minus);
    for (LvId part : {image.id, raid.metadata[i]}) vg.find_lv(part)->flags.set(LvFlag::remove_after_reshape);
  }
}

}  // namespace lvm::plan
