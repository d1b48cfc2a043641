// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vg_create.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "model/names.h"
#include "plan/area_use.h"
#include "plan/new_pvs.h"
#include "plan/pv_layout.h"

namespace lvm::plan {
namespace {

using model::Vg;
using model::VgFlag;

// One PV for the VG: an orphan that is there, or a device that becomes a PV first.
struct Member {
  model::Pv pv;
  step::PvLayout layout;
  std::vector<step::Step> steps;
  std::vector<step::Question> questions;
};

model::Pv pv_of(PvId id, const device::Device& device, const step::PvLayout& layout, Sectors extent_size) {
  model::Pv pv;
  pv.id = id;
  pv.device_hint = device.path;
  if (device.id_type != "devname") {
    pv.device_id_type = device.id_type;
    pv.device_id = device.id_name;
  }
  pv.flags.set(model::PvFlag::allocatable);
  pv.device_size = to_sectors_floor(layout.device_size);
  pv.pe_start = to_sectors_floor(layout.data_start);
  pv.pe_count = pe_count(layout, extent_size);
  pv.boot_start = to_sectors_floor(layout.boot_start);
  pv.boot_size = to_sectors_floor(layout.boot_size);
  return pv;
}

Result<Member> member(const Context& context, const PvCandidate& candidate, const PvCreateOptions& options,
                      Sectors extent_size) {
  Member out;
  const world::PvDevice* known = context.world.find_pv(candidate.name);
  if (known) {
    TRY(check_unique(context, candidate));
    const world::VgView* view = known->vg_id ? context.world.find_vg(known->vg_id) : nullptr;
    if (view)
      return fail(Code::refused,
                  fmt::format("Physical volume '{}' is already in volume group '{}'\n"
                              "Unable to add physical volume '{}' to volume group '{}'\n"
                              "{}: physical volume not initialized.",
                              candidate.name, view->vg->name, candidate.name, view->vg->name, candidate.name));
    if (known->used && options.force < 2)
      return fail(Code::refused, fmt::format("PV {} is used by a VG but its metadata is missing.\n"
                                             "Can't initialize PV '{}' without -ff.\n"
                                             "{}: physical volume not initialized.",
                                             candidate.name, candidate.name, candidate.name));
    if (candidate.unusable)
      return fail(Code::refused, fmt::format("Cannot use {}: {}", candidate.name, *candidate.unusable));
    // Writing the metadata marks the label as used first.
    out.layout = layout_of(*known);
    out.pv = pv_of(known->id, known->device, out.layout, extent_size);
    return out;
  }
  NewPv made = TRY(new_pv(context, candidate, options));
  out.pv = pv_of(made.id, made.device, made.layout, extent_size);
  out.layout = made.layout;
  out.questions = std::move(made.questions);
  out.steps = std::move(made.steps);
  return out;
}

// A volume may move to any PV of its VG: a file system on blocks of 512 bytes cannot be read on a disk of 4096.
Result<> check_block_sizes(const Context& context, const BlockFacts& blocks,
                           const std::vector<PvCandidate>& candidates) {
  if (context.config.flag("devices/allow_mixed_block_sizes")) return {};
  std::set<std::uint32_t> sizes;
  for (const auto& [id, topology] : blocks.pvs) sizes.insert(topology.logical_block_size);
  if (sizes.size() > 1) return {};  // it has been allowed before
  for (const PvCandidate& candidate : candidates) {
    std::uint32_t size = candidate.topology.logical_block_size;
    if (!sizes.empty() && !sizes.contains(size))
      return fail(Code::refused, fmt::format("Devices have inconsistent logical block sizes ({} and {}).\n"
                                             "devices/allow_mixed_block_sizes=1 takes them all the same.",
                                             *sizes.begin(), size));
    sizes.insert(size);
  }
  return {};
}

// Adds the candidates to the VG; the labels are written before the metadata.
Result<step::Stage> add_members(const Context& context, const std::vector<PvCandidate>& candidates,
                                const PvCreateOptions& options, model::VgPtr before, Vg after, step::Plan& plan) {
  std::vector<step::Step> labels;
  std::vector<KnownArea> areas = areas_of(context, after);
  std::set<std::string> seen;
  auto refuse = [&](Code code, const PvCandidate& candidate, std::string why) {
    return fail(code, fmt::format("{}\nPV {} cannot be added to VG {}.", why, candidate.name, after.name));
  };
  // PVs that are there already come first, then those that are made now.
  std::vector<PvCandidate> ordered = candidates;
  std::stable_partition(ordered.begin(), ordered.end(),
                        [&](const PvCandidate& c) { return context.world.find_pv(c.name) != nullptr; });
  for (const PvCandidate& candidate : ordered) {
    if (!seen.insert(candidate.device.path).second)
      return refuse(Code::exists, candidate,
                    fmt::format("Physical volume '{}' is already in volume group '{}'", candidate.name, after.name));
    if (after.max_pv && after.pvs.size() >= after.max_pv)
      return refuse(Code::refused, candidate,
                    fmt::format("No space for '{}' - volume group '{}' holds max {} physical volume(s).",
                                candidate.name, after.name, after.max_pv));
    Member added = TRY(member(context, candidate, options, after.extent_size));
    if (candidate.topology.logical_block_size > to_bytes(after.extent_size).n)
      return fail(Code::refused, fmt::format("Physical extent size used for volume group {} is less than logical block "
                                             "size ({} bytes) that {} uses.",
                                             after.name, candidate.topology.logical_block_size, candidate.name));
    if (after.find_pv(added.pv.id))
      return fail(Code::exists, fmt::format("Physical volume '{}' has the id of another PV of volume group '{}'.",
                                            candidate.name, after.name));
    for (step::Question& question : added.questions) plan.questions.push_back(std::move(question));
    append(labels, std::move(added.steps));
    add_areas(areas, added.pv.id, added.layout);
    after.pvs.push_back(std::move(added.pv));
  }
  std::vector<step::AreaUse> area_use = choose_area_use(areas, after.metadata_copies);
  if (after.metadata_copies == kAllCopies) after.metadata_copies = 0;  // done once, never stored
  if (areas.empty()) return fail(Code::refused, "Aborting vg_write: No metadata areas to write to!");
  step::Stage stage = metadata_stage(std::move(before), std::move(after));
  set_area_use(stage, std::move(area_use));
  auto write = std::find_if(stage.steps.begin(), stage.steps.end(),
                            [](const step::Step& s) { return std::holds_alternative<step::WriteMetadata>(s); });
  stage.steps.insert(write, std::make_move_iterator(labels.begin()), std::make_move_iterator(labels.end()));
  return stage;
}

Result<> check_extent_size(Sectors size) {
  if (size.n == 0) return fail(Code::usage, "Physical extent size may not be zero");
  if (size.n > 0xffffffffu) return fail(Code::usage, "Physical extent size is too large: at most 2 TiB.");
  if (!is_power_of_two(size.n) && size.n % 256 != 0)
    return fail(Code::refused, "Physical Extent size must be a multiple of 128.00 KiB when not a power of 2.");
  return {};
}

}  // namespace

Result<step::Plan> vg_create(const Context& context, const VgCreateRequest& request) {
  Vg vg;
  vg.name = request.name;
  if (context.world.find_vg(request.name))
    return fail(Code::exists, fmt::format("A volume group called {} already exists.", request.name));
  vg.extent_size = request.extent_size.value_or(
      Sectors(static_cast<std::uint64_t>(context.config.integer("allocation/physical_extent_size")) * 2));
  TRY(check_extent_size(vg.extent_size));
  vg.id = VgId{context.new_uuid()};
  vg.flags = {VgFlag::resizeable, VgFlag::read, VgFlag::write};
  vg.flags.set(VgFlag::no_autoactivate, !request.autoactivation);
  vg.max_lv = request.max_lv;
  vg.max_pv = request.max_pv;
  if (request.allocation == model::Allocation::inherit)
    return fail(Code::usage, "Volume Group allocation policy cannot inherit from anything");
  vg.allocation = request.allocation;
  vg.metadata_copies =
      request.metadata_copies.value_or(static_cast<std::uint32_t>(context.config.integer("metadata/vgmetadatacopies")));
  vg.system_id = request.system_id.value_or(context.world.host.system_id);
  vg.profile = request.profile;
  for (const std::string& tag : request.tags) {
    if (!model::is_valid_tag(tag)) return fail(Code::usage, fmt::format("Tag \"{}\" is invalid.", tag));
    if (std::find(vg.tags.begin(), vg.tags.end(), tag) == vg.tags.end()) vg.tags.push_back(tag);
  }
  TRY(check_block_sizes(context, {}, request.candidates));
  std::string system_id = vg.system_id, name = vg.name;
  step::Plan plan;
  step::Stage stage = TRY(add_members(context, request.candidates, request.pv_options, nullptr, std::move(vg), plan));
  if (!request.quiet)
    stage.steps.emplace_back(
        print(system_id.empty()
                  ? fmt::format("Volume group \"{}\" successfully created", name)
                  : fmt::format("Volume group \"{}\" successfully created with system ID {}", name, system_id)));
  plan.stages.push_back(std::move(stage));
  return plan;
}

namespace {

// --restoremissing: a PV that came back is used again as it is.
Result<step::Plan> restore_missing(const Context& context, const world::VgView& view, const VgExtendRequest& request) {
  Vg after = *view.vg;
  std::size_t restored = 0;
  for (const PvCandidate& candidate : request.candidates) {
    const world::PvDevice* device = context.world.find_pv(candidate.name);
    model::Pv* pv = device ? after.find_pv(device->id) : nullptr;
    if (!pv) {
      context.note(warn(fmt::format("WARNING: PV {} not found in VG {}", candidate.name, after.name)));
      continue;
    }
    if (!pv->missing()) {
      context.note(warn(fmt::format("WARNING: PV {} was not missing in VG {}", candidate.name, after.name)));
      continue;
    }
    pv->flags.clear(model::PvFlag::missing);
    pv->device_hint = device->device.path;
    ++restored;
  }
  if (restored == 0) return fail(Code::refused, "No PV has been restored.");
  step::Plan plan;
  step::Stage stage = metadata_stage(view.vg, std::move(after));
  stage.steps.emplace_back(print(fmt::format("Volume group \"{}\" successfully extended", view.vg->name)));
  plan.stages.push_back(std::move(stage));
  return plan;
}

}  // namespace

Result<step::Plan> vg_extend(const Context& context, const world::VgView& view, const VgExtendRequest& request) {
  TRY(check_writable(context, view, {.missing_pvs = true}));
  if (request.restore_missing) return restore_missing(context, view, request);
  if (!view.vg->flags.has(VgFlag::resizeable))
    return fail(Code::refused, fmt::format("Volume group {} is not resizeable.", view.vg->name));
  TRY(check_block_sizes(context, request.blocks, request.candidates));
  step::Plan plan;
  step::Stage stage = TRY(add_members(context, request.candidates, request.pv_options, view.vg, *view.vg, plan));
  stage.steps.emplace_back(print(fmt::format("Volume group \"{}\" successfully extended", view.vg->name)));
  plan.stages.push_back(std::move(stage));
  return plan;
}

}  // namespace lvm::plan
