// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/pv_change.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/names.h"
#include "plan/pv_layout.h"
#include "segment/kind.h"

namespace lvm::plan {
namespace {

using model::Vg;

const world::PvDevice* device_of(const Context& context, PvId id) { return context.world.find_pv(id); }

std::string path_of(const Context& context, PvId id) {
  const world::PvDevice* device = device_of(context, id);
  return device ? device->device.path : "[unknown]";
}

Result<> change_tags(model::Pv& pv, const PvChangeRequest& request) {
  for (const std::string& tag : request.add_tags) {
    if (!model::is_valid_tag(tag)) return fail(Code::usage, fmt::format("Tag \"{}\" is invalid.", tag));
    if (std::find(pv.tags.begin(), pv.tags.end(), tag) == pv.tags.end()) pv.tags.push_back(tag);
  }
  for (const std::string& tag : request.delete_tags) std::erase(pv.tags, tag);
  return {};
}

// Every segment that lies on the PV follows its new id.
void replace_pv_id(Vg& vg, PvId from, PvId to) {
  for (model::Lv& lv : vg.lvs)
    for (model::Segment& segment : lv.segments)
      for (model::Area& area : segment::areas(segment))
        if (auto* on_pv = std::get_if<model::PvArea>(&area))
          if (on_pv->pv == from) on_pv->pv = to;
}

bool other_area_in_use(const Context& context, const world::VgView& view, PvId except) {
  for (std::size_t i = 0; i < view.vg->pvs.size(); ++i) {
    if (view.vg->pvs[i].id == except || !view.devices[i]) continue;
    for (const world::MetadataArea& area : context.world.pvs[*view.devices[i]].areas)
      if (!area.ignored) return true;
  }
  return false;
}

Result<step::WriteLabel> relabelled(const Context& context, const world::VgView* view, const PvChangeRequest& request,
                                    PvId new_id) {
  const world::PvDevice& device = *device_of(context, request.pv);
  step::WriteLabel out;
  out.device = device.device;
  out.id = new_id;
  out.layout = layout_of(device);
  out.wipe_head = false;
  out.format_areas = false;
  if (request.metadata_ignore) {
    if (device.areas.empty())
      return fail(Code::refused, fmt::format("Physical volume {} has no metadata areas.", device.device.path));
    if (*request.metadata_ignore && view && !other_area_in_use(context, *view, request.pv))
      return fail(Code::refused, fmt::format("Cannot disable all metadata areas in volume group {}.", view->vg->name));
    for (step::PvLayout::Area& area : out.layout.areas) area.ignored = *request.metadata_ignore;
  }
  return out;
}

}  // namespace

Result<step::Plan> pv_change(const Context& context, const world::VgView* view, const PvChangeRequest& request) {
  std::string path = path_of(context, request.pv);
  PvId new_id = request.new_uuid ? PvId{context.new_uuid()} : request.pv;
  bool labels = request.new_uuid || request.metadata_ignore;
  step::Plan plan;
  step::Say done = print(fmt::format("Physical volume \"{}\" changed", path));
  if (!view) {
    if (request.allocatable || !request.add_tags.empty() || !request.delete_tags.empty())
      return fail(Code::refused, fmt::format("Can't change {} of physical volume {} that is in no volume group",
                                             request.allocatable ? "allocatability" : "tags", path));
    step::WriteLabel label = TRY(relabelled(context, view, request, new_id));
    label.format_areas = true;
    plan.stages.push_back({nullptr, nullptr, {label, done}, {}});
    return plan;
  }
  TRY(check_writable(context, *view));
  Vg after = *view->vg;
  model::Pv& pv = *after.find_pv(request.pv);
  if (request.allocatable) {
    if (*request.allocatable == pv.flags.has(model::PvFlag::allocatable))
      return fail(Code::exists, fmt::format("Physical volume \"{}\" is already {}.", path,
                                            *request.allocatable ? "allocatable" : "unallocatable"));
    pv.flags.set(model::PvFlag::allocatable, *request.allocatable);
  }
  TRY(change_tags(pv, request));
  if (request.new_uuid) {
    pv.id = new_id;
    replace_pv_id(after, request.pv, new_id);
  }
  std::vector<step::Step> label_steps;
  if (labels) {
    step::WriteLabel label = TRY(relabelled(context, view, request, new_id));
    label_steps.emplace_back(std::move(label));
  }
  step::Stage stage = metadata_stage(view->vg, std::move(after));
  auto write = std::find_if(stage.steps.begin(), stage.steps.end(),
                            [](const step::Step& s) { return std::holds_alternative<step::WriteMetadata>(s); });
  stage.steps.insert(write, label_steps.begin(), label_steps.end());
  stage.steps.emplace_back(done);
  plan.stages.push_back(std::move(stage));
  return plan;
}

namespace {

// The first extent behind every one that is used.
Extents used_end(const Vg& vg, PvId pv) {
  Extents end;
  for (const model::Lv& lv : vg.lvs)
    for (const model::Segment& segment : lv.segments)
      for (const model::Area& area : segment::areas(segment))
        if (const auto* on_pv = std::get_if<model::PvArea>(&area))
          if (on_pv->pv == pv) end = std::max(end, on_pv->start + segment::area_length(segment));
  return end;
}

// The second metadata area moves with the end of the device.
Result<step::PvLayout> resized_layout(const world::PvDevice& device, Bytes size) {
  step::PvLayout layout = layout_of(device);
  layout.device_size = size;
  for (step::PvLayout::Area& area : layout.areas) {
    if (area.start < layout.data_start) continue;
    constexpr std::uint64_t kAlignment = 1 << 20;
    if (size < area.size || round_down((size - area.size).n, kAlignment) <= layout.data_start.n)
      return fail(Code::refused, fmt::format("Cannot resize {}: no room for its second metadata area.", device.device.path));
    area.start = Bytes(round_down((size - area.size).n, kAlignment));
    area.size = size - area.start;
  }
  return layout;
}

}  // namespace

Result<step::Plan> pv_resize(const Context& context, const world::VgView* view, const PvResizeRequest& request) {
  const world::PvDevice& device = *device_of(context, request.pv);
  const std::string& path = device.device.path;
  Bytes size = request.wanted.value_or(request.device_size);
  step::Plan plan;
  if (request.wanted && *request.wanted != request.device_size) {
    if (!request.yes)
      plan.questions.push_back({fmt::format("{}: Requested size {} {} real size {}. Proceed?  [y/n]: ", path,
                                            display_size(to_sectors_floor(size)),
                                            size > request.device_size ? "exceeds" : "is less than",
                                            display_size(to_sectors_floor(request.device_size))),
                                fmt::format("Physical Volume {} not resized.", path)});
    else
      plan.notes.push_back(warn(fmt::format("WARNING: {}: Pretending size is {} not {} sectors.", path,
                                            to_sectors_floor(size).n, to_sectors_floor(request.device_size).n)));
  }
  auto minimum = static_cast<std::uint64_t>(context.config.integer("devices/pv_min_size")) * 2;
  if (to_sectors_floor(size).n < minimum)
    return fail(Code::refused, fmt::format("Size must exceed minimum of {} sectors on PV {}.", minimum, path));
  step::PvLayout layout = TRY(resized_layout(device, size));
  step::WriteLabel label{
      .device = device.device, .id = request.pv, .layout = layout, .wipe_head = false, .format_areas = false};
  std::vector<step::Step> done = {print(fmt::format("Physical volume \"{}\" changed", path))};
  if (!view) {
    label.format_areas = true;
    plan.stages.push_back({nullptr, nullptr, {label, done.front()}, {}});
    return plan;
  }
  TRY(check_writable(context, *view));
  const Vg& vg = *view->vg;
  Extents count = pe_count(layout, vg.extent_size);
  if (count.n == 0)
    return fail(Code::refused, fmt::format("Size must leave space for at least one physical extent of {} sectors on PV {}.",
                                           vg.extent_size.n, path));
  Extents used = used_end(vg, request.pv);
  if (count < used)
    return fail(Code::refused,
                fmt::format("cannot resize to {} extents as later ones are allocated.", count.n));
  Vg after = vg;
  model::Pv& pv = *after.find_pv(request.pv);
  pv.device_size = to_sectors_floor(size);
  pv.pe_count = count;
  step::Stage stage = metadata_stage(view->vg, std::move(after));
  auto write = std::find_if(stage.steps.begin(), stage.steps.end(),
                            [](const step::Step& s) { return std::holds_alternative<step::WriteMetadata>(s); });
  stage.steps.insert(write, step::Step(label));
  append(stage.steps, std::move(done));
  plan.stages.push_back(std::move(stage));
  return plan;
}

}  // namespace lvm::plan
