// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/wipe_alone.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/foresee.h"
#include "activate/live.h"

namespace lvm::plan {
namespace {

// The device and the byte of it where the segment begins, if it is one area of a PV that is here.
std::optional<std::pair<const world::PvDevice*, Bytes>> place_of(const world::World& world, const model::Vg& vg,
                                                                 const model::Segment& segment) {
  const auto* striped = std::get_if<model::Striped>(&segment.body);
  if (striped == nullptr || striped->areas.size() != 1) return std::nullopt;
  const auto* area = std::get_if<model::PvArea>(&striped->areas.front());
  if (area == nullptr) return std::nullopt;
  const model::Pv* pv = vg.find_pv(area->pv);
  const world::PvDevice* device = world.find_pv(area->pv);
  if (pv == nullptr || device == nullptr) return std::nullopt;
  return std::pair(device, to_bytes(vg.sector_of(*pv, area->start)));
}

}  // namespace

std::optional<std::vector<step::Step>> fill_in_place(const world::World& world, const model::Vg& vg,
                                                     const model::Lv& lv, const Fill& fill) {
  if (activate::is_up(world, vg, lv)) return std::nullopt;
  std::vector<step::Step> steps;
  for (const model::Segment& segment : lv.segments) {
    const Bytes start = to_bytes(vg.size_of(segment.start));
    if (start >= fill.length) break;
    const auto place = place_of(world, vg, segment);
    if (!place) return std::nullopt;
    steps.emplace_back(step::FillExtents{.device = place->first->device,
                                         .offset = place->second,
                                         .length = std::min(fill.length - start, to_bytes(vg.size_of(segment.count))),
                                         .fill = fill.value,
                                         .head = start ? std::vector<std::byte>() : fill.head,
                                         .volume = fmt::format("{}/{}", vg.name, lv.name)});
  }
  return steps;
}

Result<std::vector<step::Step>> work_alone(const Context& context, const world::VgView& view, const model::Vg& vg,
                                           LvId id, std::vector<step::Step> work) {
  const model::Lv& lv = *vg.find_lv(id);
  if (!context.world.dm_available || !context.config.flag("global/activation"))
    return fail(Code::unsupported,
                fmt::format("Logical volume {}/{} has to be active for a moment, to be wiped: {}", vg.name, lv.name,
                            context.world.dm_available ? "activation is switched off (global/activation)."
                                                       : context.world.dm_unavailable_reason));
  if (activate::is_up(context.world, vg, lv)) return work;
  activate::Options options;
  options.noscan = true;
  options.temporary = true;
  std::vector<step::Step> steps = TRY(activate::activate(context.world, view, vg, lv, context.config, options));
  world::World up = context.world;
  activate::foresee(up, steps);
  steps.emplace_back(step::Settle{});
  append(steps, std::move(work));
  append(steps, TRY(activate::deactivate(up, vg, lv, context.config)));
  steps.emplace_back(step::Settle{});
  return steps;
}

Result<std::vector<step::Step>> wipe_alone(const Context& context, const world::VgView& view, const model::Vg& vg,
                                           LvId id, Bytes length) {
  const model::Lv& lv = *vg.find_lv(id);
  if (auto in_place = fill_in_place(context.world, vg, lv, {.length = length})) return *std::move(in_place);
  step::WipeVolume wipe{
      .vg = vg.name, .lv = lv.name, .uuid = activate::top_uuid(vg, lv), .zero_length = length, .assume_yes = true};
  return work_alone(context, view, vg, id, {step::Step(std::move(wipe))});
}

}  // namespace lvm::plan
