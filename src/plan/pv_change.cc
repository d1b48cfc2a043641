// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/pv_change.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/live.h"
#include "model/index.h"
#include "model/names.h"
#include "plan/area_use.h"
#include "plan/pv_layout.h"
#include "segment/kind.h"

namespace lvm::plan {
namespace {

using model::Vg;

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

// The label as it stands, with another id or with other areas ignored.
step::WriteLabel same_label(const world::PvDevice& device) {
  step::WriteLabel out;
  out.device = device.device;
  out.id = device.id;
  out.layout = layout_of(device);
  out.wipe_head = false;
  out.format_areas = false;
  return out;
}

Result<> check_ignore(const world::PvDevice& device, bool ignore) {
  if (device.areas.empty())
    return fail(Code::refused, fmt::format("Physical volume \"{}\" has no metadata areas.", device.device.path));
  for (const world::MetadataArea& area : device.areas)
    if (area.ignored != ignore) return {};
  return fail(Code::refused, fmt::format("Metadata areas on physical volume \"{}\" already {}ignored.",
                                         device.device.path, ignore ? "" : "not "));
}

Result<step::Plan> change_orphan(const Context& context, const PvChangeRequest& request,
                                 const world::PvDevice& device) {
  const std::string& path = device.device.path;
  if (request.allocatable)
    return fail(Code::refused, fmt::format("Allocatability not supported by orphan lvm2 format PV {}", path));
  if (!request.add_tags.empty() || !request.delete_tags.empty())
    return fail(Code::refused, fmt::format("Can't change tag on Physical Volume {} not in volume group", path));
  if (device.used && request.new_uuid)
    return fail(Code::refused, fmt::format("PV {} is used by a VG but its metadata is missing.", path));
  step::WriteLabel label = same_label(device);
  if (request.new_uuid) label.id = PvId{context.new_uuid()};
  if (request.metadata_ignore) {
    TRY(check_ignore(device, *request.metadata_ignore));
    for (step::PvLayout::Area& area : label.layout.areas) area.ignored = *request.metadata_ignore;
    label.format_areas = true;
  }
  step::Plan plan;
  plan.stages.push_back({nullptr, nullptr, {label, print(fmt::format("Physical volume \"{}\" changed", path))}, {}});
  return plan;
}

// All areas of the PV in or out of use. A VG with a preferred number of copies gets another preference.
Result<std::vector<step::AreaUse>> change_ignore(const Context& context, model::Vg& vg, const PvChangeRequest& request,
                                                 const world::PvDevice& device, step::Plan& plan) {
  bool ignore = *request.metadata_ignore;
  if (vg.metadata_copies != 0 && !request.yes)
    plan.questions.push_back({fmt::format("Override preferred number of copies of VG {} metadata? [y/n]: ", vg.name),
                              fmt::format("Physical volume {} not changed", device.device.path)});
  TRY(check_ignore(device, ignore));
  std::vector<KnownArea> areas = areas_of(context, vg);
  std::vector<step::AreaUse> out;
  for (KnownArea& area : areas) {
    if (area.pv != device.id || area.ignored == ignore) continue;
    area.ignored = ignore;
    out.push_back(area);
  }
  std::size_t in_use = areas_in_use(areas);
  if (in_use == 0)
    return fail(Code::refused, fmt::format("Cannot disable all metadata areas in volume group {}.", vg.name));
  if (vg.metadata_copies != 0 && vg.metadata_copies != in_use) {
    plan.notes.push_back(
        warn(fmt::format("WARNING: Changing preferred number of copies of VG {} metadata from {} to {}", vg.name,
                         vg.metadata_copies, in_use)));
    vg.metadata_copies = static_cast<std::uint32_t>(in_use);
  }
  return out;
}

void insert_before_write(step::Stage& stage, step::Step step) {
  auto write = std::find_if(stage.steps.begin(), stage.steps.end(),
                            [](const step::Step& s) { return std::holds_alternative<step::WriteMetadata>(s); });
  stage.steps.insert(write, std::move(step));
}

}  // namespace

Result<step::Plan> pv_change(const Context& context, const world::VgView* view, const PvChangeRequest& request) {
  const world::PvDevice* device = context.world.find_pv(request.pv);
  if (!device) return fail(Code::not_found, fmt::format("PV {} has no device here.", request.pv.dashed()));
  if (!view) return change_orphan(context, request, *device);
  TRY(check_writable(context, *view));
  const std::string& path = device->device.path;
  step::Plan plan;
  Vg after = *view->vg;
  model::Pv& pv = *after.find_pv(request.pv);
  if (request.allocatable) {
    if (*request.allocatable == pv.flags.has(model::PvFlag::allocatable))
      return fail(Code::exists, fmt::format("Physical volume \"{}\" is already {}.", path,
                                            *request.allocatable ? "allocatable" : "unallocatable"));
    pv.flags.set(model::PvFlag::allocatable, *request.allocatable);
  }
  TRY(change_tags(pv, request));
  std::vector<step::AreaUse> area_use;
  if (request.metadata_ignore) area_use = TRY(change_ignore(context, after, request, *device, plan));
  std::optional<step::WriteLabel> label;
  if (request.new_uuid) {
    for (const model::Lv& lv : after.lvs)
      if (activate::is_up(context.world, after, lv))
        return fail(Code::busy, fmt::format("Volume group containing {} has active logical volumes", path));
    label = same_label(*device);
    label->id = PvId{context.new_uuid()};
    pv.id = label->id;
    replace_pv_id(after, request.pv, label->id);
  }
  step::Stage stage = metadata_stage(view->vg, std::move(after));
  set_area_use(stage, std::move(area_use));
  if (label) insert_before_write(stage, *label);
  stage.steps.emplace_back(print(fmt::format("Physical volume \"{}\" changed", path)));
  plan.stages.push_back(std::move(stage));
  return plan;
}

namespace {

struct Use {
  Extents count;  // extents allocated
  Extents end;    // behind the last of them
};

Use use_of(const Vg& vg, PvId pv) {
  Use out;
  std::vector<model::PvUsage> usage = model::pv_usage(vg);
  for (std::size_t i = 0; i < vg.pvs.size(); ++i) {
    if (vg.pvs[i].id != pv) continue;
    out.count = usage[i].allocated;
    for (const model::Allocated& range : usage[i].ranges) out.end = std::max(out.end, range.end());
  }
  return out;
}

// The second metadata area moves with the end of the device; its size stays.
Result<step::PvLayout> resized_layout(const world::PvDevice& device, Bytes size) {
  step::PvLayout layout = layout_of(device);
  layout.device_size = size;
  for (step::PvLayout::Area& area : layout.areas) {
    if (area.start < layout.data_start) continue;
    if (size < area.size || size - area.size < layout.data_start)
      return fail(Code::refused,
                  fmt::format("Cannot resize {}: no room for its second metadata area.", device.device.path));
    area.start = size - area.size;
  }
  return layout;
}

// LVM2 counts a resized PV without what lies before and behind its data; the text says what LVM2 would have it say.
Sectors size_in_vg(const step::PvLayout& layout) {
  Bytes size = layout.device_size - layout.data_start;
  for (const step::PvLayout::Area& area : layout.areas)
    if (area.start >= layout.data_start) size = size - area.size;
  return to_sectors_floor(size);
}

// What is said, and asked, when the user wants another size than the device has.
std::vector<step::Step> pretend(const Context& context, const std::string& path, const PvResizeRequest& request,
                                step::Plan& plan) {
  std::vector<step::Step> out;
  Sectors wanted = to_sectors_floor(*request.wanted), real = to_sectors_floor(request.device_size);
  if (wanted == real) return out;
  if (!request.yes)
    plan.questions.push_back(
        {fmt::format("{}: Requested size {} {} real size {}. Proceed?  [y/n]: ", path, context.size_text(wanted),
                     wanted > real ? "exceeds" : "is less than", context.size_text(real)),
         fmt::format("Physical Volume {} not resized.", path)});
  if (wanted > real)
    out.emplace_back(
        warn(fmt::format("WARNING: {}: Overriding real size {}. You could lose data.", path, context.size_text(real))));
  out.emplace_back(warn(fmt::format("WARNING: {}: Pretending size is {} not {} sectors.", path, wanted.n, real.n)));
  return out;
}

Result<> check_extents(const Vg& vg, PvId pv, const std::string& path, Extents count) {
  if (count.n == 0)
    return fail(Code::refused,
                fmt::format("Size must leave space for at least one physical extent of {} sectors on PV {}.",
                            vg.extent_size.n, path));
  Use use = use_of(vg, pv);
  if (count < use.count)
    return fail(Code::refused,
                fmt::format("{}: cannot resize to {} extents as {} are allocated.", path, count.n, use.count.n));
  if (count < use.end)
    return fail(Code::refused,
                fmt::format("{}: cannot resize to {} extents as later ones are allocated.", path, count.n));
  return {};
}

}  // namespace

Result<step::Plan> pv_resize(const Context& context, const world::VgView* view, const PvResizeRequest& request) {
  const world::PvDevice* device = context.world.find_pv(request.pv);
  if (!device) return fail(Code::not_found, fmt::format("PV {} has no device here.", request.pv.dashed()));
  const std::string& path = device->device.path;
  Bytes size = request.wanted.value_or(request.device_size);
  step::Plan plan;
  std::vector<step::Step> steps;
  if (request.wanted) steps = pretend(context, path, request, plan);
  // What is refused below is refused with the warnings before it, as the reference has it.
  auto refuse = [&](Error error) -> Result<step::Plan> {
    for (const step::Step& step : steps) context.note(std::get<step::Say>(step));
    return std::unexpected(std::move(error));
  };
  auto minimum = static_cast<std::uint64_t>(context.config.integer("devices/pv_min_size")) * 2;
  if (to_sectors_floor(size).n < minimum)
    return refuse(Error(Code::refused, fmt::format("Size must exceed minimum of {} sectors on PV {}.", minimum, path)));
  auto layout = resized_layout(*device, size);
  if (!layout) return refuse(layout.error());
  step::WriteLabel label = same_label(*device);
  label.layout = *layout;
  step::Say done = print(fmt::format("Physical volume \"{}\" changed", path));
  if (!view) {
    steps.insert(steps.end(), {label, done});
    plan.stages.push_back({nullptr, nullptr, std::move(steps), {}});
    return plan;
  }
  TRY(check_writable(context, *view));
  Vg after = *view->vg;
  Extents count = pe_count(*layout, after.extent_size);
  auto fits = check_extents(after, request.pv, path, count);
  if (!fits) return refuse(fits.error());
  model::Pv& pv = *after.find_pv(request.pv);
  pv.device_size = size_in_vg(*layout);
  pv.pe_count = count;
  step::Stage stage = metadata_stage(view->vg, std::move(after));
  // The label of a member need not say its size: only areas that moved are worth the risk of writing it.
  label.layout.device_size = to_bytes(size_in_vg(*layout));
  if (layout->areas != layout_of(*device).areas) insert_before_write(stage, label);
  stage.steps.insert(stage.steps.begin(), steps.begin(), steps.end());
  stage.steps.emplace_back(done);
  plan.stages.push_back(std::move(stage));
  return plan;
}

}  // namespace lvm::plan
