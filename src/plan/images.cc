// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/images.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "activate/activate.h"
#include "plan/new_lv.h"
#include "plan/wipe_alone.h"
#include "segment/kind.h"

namespace lvm::plan {
namespace {

using model::Lv;
using model::Vg;

constexpr Bytes kCleared{4096};

// The header of a mirror's log (docs/formats/dm-mirror.md) that covers any number of regions.
std::vector<std::byte> log_header() {
  constexpr std::uint8_t kHeader[] = {0x72, 0x52, 0x69, 0x4d, 2,    0,    0,    0,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  std::vector<std::byte> out;
  for (std::uint8_t byte : kHeader) out.push_back(std::byte{byte});
  return out;
}

}  // namespace

Lv new_part(const Context& context, const Lv& whole, model::Role role, std::uint32_t number) {
  const model::RoleRow& row = model::row_of(role);
  Lv part = new_lv(context, fmt::format("{}{}", whole.name, row.suffix), Seen::hidden);
  if (row.numbered) part.name += std::to_string(number);
  part.allocation = whole.allocation;
  return part;
}

bool lies_on(const Vg& vg, const Lv& lv, PvId pv) {
  for (const model::Segment& segment : lv.segments) {
    for (const model::Area& area : segment::areas(segment))
      if (const auto* on_pv = std::get_if<model::PvArea>(&area); on_pv && on_pv->pv == pv) return true;
    for (const model::Reference& reference : model::references(segment.body)) {
      const Lv* part = reference.bond() == model::Bond::part ? vg.find_lv(reference.lv) : nullptr;
      if (part && lies_on(vg, *part, pv)) return true;
    }
  }
  return false;
}

bool misses_pv(const world::VgView& view, const Lv& lv) {
  for (std::size_t i = 0; i < view.devices.size(); ++i)
    if (!view.devices[i] && lies_on(*view.vg, lv, view.vg->pvs[i].id)) return true;
  return false;
}

LvId image_of(const Lv& lv, std::size_t index) {
  return std::get<model::LvArea>(segment::areas(lv.segments.front())[index]).lv;
}

namespace {

Sectors configured_region_size(const Context& context, bool mirror) {
  std::int64_t kib = mirror ? context.config.integer("activation/mirror_region_size")
                            : context.config.integer("activation/raid_region_size");
  return Sectors(static_cast<std::uint64_t>(kib) * 2);
}

Sectors halved_to(Sectors region, Sectors size) {
  while (region > size) region.n /= 2;
  return region;
}

}  // namespace

Sectors region_size_for(const Context& context, std::optional<Sectors> wanted, bool mirror, Sectors size) {
  Sectors region = wanted.value_or(configured_region_size(context, mirror));
  if (region > size) {
    region = halved_to(region, size);
    context.note(print(fmt::format("Using reduced mirror region size of {}", context.size_text(region))));
  }
  constexpr std::uint64_t kMostRegions = std::uint64_t{1} << 21;
  if (!mirror)
    while (size.n / region.n > kMostRegions) region.n *= 2;
  return region;
}

Extents raid_metadata_extents(const Vg& vg, Extents image, Sectors region_size) {
  // A superblock, and a bitmap of a bit for each region behind it.
  constexpr std::uint64_t kSuperblock = 8192;
  std::uint64_t regions = vg.size_of(image).n / std::max<std::uint64_t>(1, region_size.n);
  return to_extents_ceil(to_sectors_ceil(Bytes(kSuperblock + (regions + 7) / 8)), vg.extent_size);
}

Extents mirror_log_extents(const Vg& vg, Extents image, Sectors region_size) {
  constexpr std::uint64_t kHeader = 1024;
  std::uint64_t regions = (vg.size_of(image).n + region_size.n - 1) / region_size.n;
  return to_extents_ceil(to_sectors_ceil(Bytes(kHeader + round_up(regions, std::uint64_t{32}) / 8)), vg.extent_size);
}

Result<std::uint32_t> mirror_log_copies(const Context& context, std::string_view word) {
  if (word == "core") return 0;
  if (word != "mirrored") return 1;
  if (!context.config.flag("global/support_mirrored_mirror_log"))
    return fail(Code::refused, "Log type \"mirrored\" is DEPRECATED. Use RAID1 LV or disk log instead.");
  context.note(warn("Log type \"mirrored\" creation/conversion is not supported for regular operation!"));
  return 2;
}

LvId add_mirror_log(const Context& context, Vg& vg, Lv log, std::span<const alloc::Placement::Leg> legs,
                    Extents length) {
  const LvId id = log.id;
  if (legs.size() == 1) {
    append_legs(log, legs, length, Sectors());
    vg.lvs.push_back(std::move(log));
    return id;
  }
  model::Mirror body;
  body.region_size = halved_to(configured_region_size(context, true), vg.size_of(length));
  std::vector<Lv> images;
  for (std::uint32_t i = 0; i < legs.size(); ++i) {
    Lv image = new_part(context, log, model::Role::mirror_image, i);
    append_legs(image, legs.subspan(legs.size() - 1 - i, 1), length, Sectors());  // as LVM2 orders them
    body.areas.emplace_back(model::LvArea{image.id, Extents()});
    images.push_back(std::move(image));
  }
  log.segments.push_back({Extents(), length, {}, std::move(body), {}, {}});
  vg.lvs.push_back(std::move(log));
  std::ranges::move(images, std::back_inserter(vg.lvs));
  return id;
}

namespace {

// What the parts hold at their start.
Fill content_of(const Vg& vg, const Lv& part, const Clearing& clearing) {
  if (!clearing.log) return {.length = kCleared};
  return {.length = to_bytes(vg.size_of(part.extents())),
          .value = clearing.in_sync ? std::byte{0xff} : std::byte{0},
          .head = log_header()};
}

// Writes the starts of the parts; those that do not lie on PVs alone are brought up for that.
Result<std::vector<step::Step>> clearing_steps(Stages& stages, const Vg& vg, std::span<const LvId> parts,
                                               const Clearing& clearing) {
  const Context& context = stages.context();
  const world::VgView& view = stages.view();
  std::vector<step::Step> steps, wipes;
  if (!context.config.flag("global/activation"))
    return fail(Code::refused, fmt::format("Cannot clear {}/{} while global/activation is 0.", vg.name,
                                           vg.find_lv(parts.front())->name));
  for (LvId id : parts) {
    const Lv& lv = *vg.find_lv(id);
    Fill fill = content_of(vg, lv, clearing);
    if (auto in_place = fill_in_place(stages.world(), vg, lv, fill)) {
      append(steps, *std::move(in_place));
      continue;
    }
    if (!context.world.dm_available)
      return fail(Code::unsupported,
                  fmt::format("Cannot clear {}/{}: {}", vg.name, lv.name, context.world.dm_unavailable_reason));
    append(steps, TRY(activate::activate(context.world, view, vg, lv, context.config, {})));
    wipes.emplace_back(step::WipeVolume{.vg = vg.name,
                                        .lv = lv.name,
                                        .uuid = activate::top_uuid(vg, lv),
                                        .zero_length = fill.length,
                                        .fill = fill.value,
                                        .head = std::move(fill.head)});
  }
  if (wipes.empty()) return steps;
  steps.emplace_back(step::Settle{});
  append(steps, std::move(wipes));
  return steps;
}

Result<> bring_down(Stages& stages, std::span<const LvId> parts) {
  std::vector<step::Step> steps;
  const Context& context = stages.context();
  for (LvId id : parts)
    append(steps, TRY(activate::deactivate(stages.world(), stages.vg(), *stages.vg().find_lv(id), context.config)));
  if (steps.empty()) return {};
  steps.emplace_back(step::Settle{});
  stages.add_steps(std::move(steps));
  return {};
}

}  // namespace

Result<> clear_parts(Stages& stages, Vg vg, std::span<const LvId> parts, Clearing clearing) {
  std::vector<step::Step> steps = TRY(clearing_steps(stages, vg, parts, clearing));
  stages.add_revocable(std::move(vg), {}, std::move(steps));
  return bring_down(stages, parts);
}

Result<> clear_volumes(Stages& stages, std::span<const LvId> parts) {
  stages.add_steps(TRY(clearing_steps(stages, stages.vg(), parts, {})));
  return bring_down(stages, parts);
}

}  // namespace lvm::plan
