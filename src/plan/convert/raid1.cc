// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/raid1.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/live.h"
#include "plan/convert/integrity.h"
#include "plan/convert/parts.h"
#include "plan/images.h"
#include "plan/layers.h"
#include "segment/kind.h"

namespace lvm::plan::convert {
namespace {

using model::Lv;
using model::LvArea;
using model::LvFlag;
using model::Raid;
using model::Role;
using model::Vg;

// More images: they are placed, cleared, taken in as to be rebuilt, and then no longer marked.
Result<> add_images(Job& job, std::uint32_t count) {
  const Context& context = job.stages.context();
  const Lv& lv = job.lv;
  const auto* raid = lv.as<Raid>();
  Sectors region_size = raid ? raid->region_size
                             : region_size_for(context, job.request.region_size, false, job.vg().size_of(lv.extents()));
  Extents metadata_length = raid_metadata_extents(job.vg(), lv.extents(), region_size);
  auto first = static_cast<std::uint32_t>(raid ? raid->areas.size() : 1);
  Vg apart = job.vg();
  std::vector<LvId> to_clear, added, data;
  std::vector<NewImage> images = TRY(place_images(job, apart, first, count, lv.extents(), metadata_length));
  if (!raid) {
    // What the volume is now becomes its first image, and gets metadata like the others.
    Lv metadata = TRY(place_metadata(job, apart, lv, 0, metadata_length));
    to_clear.push_back(metadata.id);
    added.push_back(metadata.id);
    add_for_clearing(apart, std::move(metadata));
  }
  Raid body = raid ? *raid : Raid{};
  for (NewImage& image : images) {
    to_clear.push_back(image.metadata.id);
    added.push_back(image.metadata.id);
    added.push_back(image.data.id);
    data.push_back(image.data.id);
    body.areas.emplace_back(LvArea{image.data.id, Extents()});
    body.metadata.push_back(image.metadata.id);
    add_for_clearing(apart, std::move(image.metadata));
    add_for_clearing(apart, std::move(image.data));
  }
  TRY(clear_parts(job.stages, apart, to_clear));
  for (LvId id : added) hide(apart, id);
  Lv& top = *apart.find_lv(lv.id);
  if (!raid) {
    body.region_size = region_size;
    Lv image = new_part(context, lv, Role::raid_image, 0);
    image.segments = top.segments;
    body.areas.insert(body.areas.begin(), LvArea{image.id, Extents()});
    body.metadata.insert(body.metadata.begin(), to_clear.front());
    Extents extents = lv.extents();
    top.segments.clear();
    top.segments.push_back({Extents(), extents, {}, {}, {}, {}});
    apart.lvs.push_back(std::move(image));
  }
  apart.find_lv(lv.id)->segments.front().body = std::move(body);
  TRY(job.stages.change(apart, lv.id));
  clear_rebuild(apart, added);
  job.stages.add(apart, {}, {});
  auto integrity = integrity_of(apart, lv);
  if (!integrity) return {};
  ChosenBlocks blocks =
      TRY(more_integrity_block_size(apart, *apart.find_lv(lv.id), job.request.blocks, integrity->block_size));
  return add_checksums(job, std::move(apart), data, *integrity, std::move(blocks.said));
}

// The images to go: those on the PVs named, else the last ones.
Result<std::vector<std::size_t>> images_to_go(Job& job, std::uint32_t count) {
  const Raid& raid = *job.lv.as<Raid>();
  std::vector<std::size_t> out;
  if (job.request.pvs.empty()) {
    for (std::size_t i = raid.areas.size() - count; i < raid.areas.size(); ++i) out.push_back(i);
    return out;
  }
  for (const PvArgument& argument : job.request.pvs) {
    const world::PvDevice* device = job.stages.world().find_pv(argument.name);
    if (!device)
      return fail(Code::not_found, fmt::format("Physical Volume \"{}\" not found in Volume Group \"{}\".",
                                               argument.name, job.vg().name));
    for (std::size_t i = 0; i < raid.areas.size() && out.size() < count; ++i)
      if (lies_on(job.vg(), *job.vg().find_lv(image_of(job.lv, i)), device->id) &&
          std::ranges::find(out, i) == out.end())
        out.push_back(i);
  }
  if (out.size() < count) return fail(Code::refused, "Unable to extract enough images to satisfy request");
  std::ranges::sort(out);
  return out;
}

// Fewer images. `keep`: this one becomes a volume of that name instead of going.
Result<> remove_images(Job& job, const std::vector<std::size_t>& images, const std::string& keep = {}) {
  const Raid& raid = *job.lv.as<Raid>();
  Vg vg = job.vg();
  Raid body = raid;
  body.areas.clear();
  body.metadata.clear();
  std::vector<LvId> leaving;
  LvId kept;
  for (std::size_t i = 0; i < raid.areas.size(); ++i) {
    LvId data = image_of(job.lv, i), metadata = raid.metadata[i];
    if (std::ranges::find(images, i) == images.end()) {
      body.areas.push_back(raid.areas[i]);
      body.metadata.push_back(metadata);
      continue;
    }
    if (!keep.empty() && !kept) {
      kept = data;
      vg.find_lv(data)->name = keep;
    } else {
      leaving.push_back(data);
    }
    extract(vg, data, data != kept);
    leaving.push_back(metadata);
    extract(vg, metadata);
  }
  Lv& top = *vg.find_lv(job.lv.id);
  if (body.areas.size() > 1) {
    top.segments.front().body = std::move(body);
  } else {
    // One image is a linear volume: its extents are the volume's own.
    Lv& last = *vg.find_lv(std::get<LvArea>(body.areas.front()).lv);
    top.segments = hollow(last);
    extract(vg, last.id, false);
    extract(vg, body.metadata.front(), false);
    leaving.push_back(last.id);
    leaving.push_back(body.metadata.front());
    top.flags.clear(LvFlag::not_synced);
  }
  model::VgPtr before = job.stages.view().vg;
  Vg first = vg;
  TRY(job.stages.change(std::move(vg), job.lv.id));
  if (kept) {
    const Context& now = job.stages.context();
    auto change = TRY(activate::change(now.world, job.stages.view(), *before, *before->find_lv(kept), first,
                                       *first.find_lv(kept), now.config, {}));
    append(change.before, std::move(change.after));
    change.before.emplace_back(step::Settle{});
    job.stages.add_steps(std::move(change.before));
  }
  take_down(job.stages, leaving);
  erase(first, leaving);
  number_images(first, job.lv.id);
  return job.stages.change(std::move(first), job.lv.id);
}

void ask_images(Job& job, std::uint32_t now, std::uint32_t wanted, bool by_type) {
  std::string name = job.name();
  if (now == 1 && by_type) {
    job.ask(fmt::format("Are you sure you want to convert linear LV {} to raid1 type? [y/n]: ", name),
            fmt::format("Logical volume {} NOT converted.", name));
  } else if (now == 1) {
    job.ask(fmt::format("Are you sure you want to convert linear LV {} to raid1 with {} images enhancing resilience? "
                        "[y/n]: ",
                        name, wanted),
            fmt::format("Logical volume {} NOT converted.", name));
  } else if (wanted == 1) {
    job.ask(
        fmt::format("Are you sure you want to convert raid1 LV {} to type linear losing all resilience? [y/n]: ", name),
        fmt::format("Logical volume {} NOT converted to \"linear\".", name));
  } else {
    job.ask(fmt::format("Are you sure you want to convert raid1 LV {} to {} images {} resilience? [y/n]: ", name,
                        wanted, wanted > now ? "enhancing" : "reducing"),
            fmt::format("Logical volume {} NOT converted.", name));
  }
}

Result<> check_images(const Job& job) {
  if (const auto* raid = job.lv.as<Raid>())
    for (std::size_t i = 0; i < raid->areas.size(); ++i) {
      const Lv& image = *job.vg().find_lv(image_of(job.lv, i));
      if (image.visible())
        return fail(Code::refused, fmt::format("Cannot change {} while its image {} is split off: merge it back first.",
                                               job.name(), image.name));
    }
  return {};
}

}  // namespace

Result<step::Plan> set_raid1_images(const Context& context, const world::VgView& view, const Request& request,
                                    std::uint32_t images, bool by_type) {
  TRY(check_writable(context, view));
  Job job(context, view, request);
  const auto* raid = job.lv.as<Raid>();
  auto now = static_cast<std::uint32_t>(raid ? raid->areas.size() : 1);
  if (images > model::kMaxRaidImages)
    return fail(Code::refused, fmt::format("Only up to {} mirrors in raid1 LV {} supported currently.",
                                           model::kMaxRaidImages, job.name()));
  if (images == now) {
    context.note(warn(fmt::format("WARNING: {} already has image count of {}.", job.name(), images)));
    job.say_converted();
    return job.stages.finish();
  }
  TRY(job.needs_active());
  TRY(check_images(job));
  if (images == 1 && integrity_of(job.vg(), job.lv))
    return fail(Code::refused, "Integrity must be removed before converting raid to linear.");
  ask_images(job, now, images, by_type);
  if (images > now) {
    if (raid)
      TRY(job.needs_sync(fmt::format("Can't add image to out-of-sync RAID LV: use 'lvchange --resync' first.")));
    TRY(add_images(job, images - now));
  } else {
    std::vector<std::size_t> going = TRY(images_to_go(job, now - images));
    TRY(remove_images(job, going));
  }
  job.say_converted();
  return job.stages.finish();
}

Result<step::Plan> split_images(const Context& context, const world::VgView& view, const Request& request,
                                std::uint32_t count, const std::string& name) {
  TRY(check_writable(context, view));
  Job job(context, view, request);
  const Raid& raid = *job.lv.as<Raid>();
  if (view.vg->find_lv(name))
    return fail(Code::exists, fmt::format("Logical Volume \"{}\" already exists in {}.", name, view.vg->name));
  if (count == 0 || count >= raid.areas.size())
    return fail(Code::refused, "Unable to split images by specified amount.");
  if (count > 1) return fail(Code::refused, fmt::format("Unable to split more than one image from {}.", job.name()));
  TRY(job.needs_active());
  TRY(check_images(job));
  TRY(job.needs_sync(fmt::format("Unable to split {} while it is not in-sync.", job.name())));
  std::vector<std::size_t> going = TRY(images_to_go(job, count));
  TRY(remove_images(job, going, name));
  return job.stages.finish();
}

Result<step::Plan> track_image(const Context& context, const world::VgView& view, const Request& request) {
  TRY(check_writable(context, view));
  Job job(context, view, request);
  const Raid& raid = *job.lv.as<Raid>();
  TRY(job.needs_active());
  TRY(check_images(job));
  TRY(job.needs_sync(fmt::format("Unable to split image from {} while not in-sync.", job.name())));
  std::vector<std::size_t> going = TRY(images_to_go(job, 1));
  LvId id = image_of(job.lv, going.front());
  std::string image = view.vg->name + "/" + view.vg->find_lv(id)->name;
  job.ask(fmt::format("Are you sure you want to split and track raid1 LV {} losing resilience for any newly written "
                      "data? [y/n]: ",
                      job.name()),
          fmt::format("Logical volume {} NOT split.", job.name()));
  if (raid.areas.size() == 2)
    job.stages.add_steps({step::Step(warn(
        fmt::format("WARNING: Any newly written data will be non-resilient on LV {} during the split!", job.name())))});
  Vg vg = *view.vg;
  vg.find_lv(id)->flags.set(LvFlag::visible);
  vg.find_lv(id)->flags.clear(LvFlag::write);
  Vg same = vg;
  TRY(job.stages.change(std::move(vg), job.lv.id));
  // The image itself comes up as a volume that can be read.
  auto up = TRY(activate::activate(job.stages.world(), view, same, *same.find_lv(id), context.config, {}));
  up.emplace_back(step::Settle{});
  up.emplace_back(print(fmt::format("{} split from {} for read-only purposes.", image, job.name())));
  up.emplace_back(print(fmt::format("Use 'lvconvert --merge {}' to merge back into {}.", image, job.name())));
  job.stages.add_steps(std::move(up));
  return job.stages.finish();
}

Result<step::Plan> merge_image(const Context& context, const world::VgView& view, LvId image) {
  TRY(check_writable(context, view));
  const Vg& vg = *view.vg;
  model::Relations relations(vg);
  auto at = relations.position(image);
  const model::Relation* part = relations.part_of(at);
  if (!part || part->role != Role::raid_image || !vg.lvs[at].visible())
    return fail(Code::refused,
                fmt::format("Unable to merge {}/{}: it was not split off a raid1.", vg.name, vg.lvs[at].name));
  Request request;
  request.lv = vg.lvs[part->user].id;
  Job job(context, view, request);
  if (!job.active()) TRY(activate::check_unused(context.world, vg, vg.lvs[at]));
  Vg after = vg;
  after.find_lv(image)->flags.clear(LvFlag::visible);
  after.find_lv(image)->flags.set(LvFlag::write);
  TRY(job.stages.change(std::move(after), job.lv.id));
  job.stages.plan().stages.back().steps.emplace_back(
      print(fmt::format("{}/{} successfully merged back into {}.", vg.name, vg.lvs[at].name, job.name())));
  return job.stages.finish();
}

Result<step::Plan> set_region_size(const Context& context, const world::VgView& view, const Request& request) {
  TRY(check_writable(context, view));
  Job job(context, view, request);
  const Raid& raid = *job.lv.as<Raid>();
  std::string_view type = raid.row().name;
  Sectors wanted = *request.region_size;
  if (raid.metadata.empty() || raid.row().kernel_name == "raid0")
    return fail(Code::refused, fmt::format("Cannot change region size on {} LV {}.", type, job.name()));
  if (wanted == raid.region_size)
    return fail(Code::refused,
                fmt::format("Region size is already {} on {} LV {}.", context.size_text(wanted), type, job.name()));
  if (wanted > view.vg->size_of(job.lv.extents()))
    return fail(Code::refused, fmt::format("Region size is too large for {} LV {}.", type, job.name()));
  TRY(job.needs_sync(
      fmt::format("Unable to change region size on {} LV {} while it is not in-sync.", type, job.name())));
  const Lv& metadata = *view.vg->find_lv(raid.metadata.front());
  const Lv& image = *view.vg->find_lv(image_of(job.lv, 0));
  if (raid_metadata_extents(*view.vg, image.extents(), wanted) > metadata.extents())
    return fail(Code::refused, fmt::format("Region size {} is too small for {} LV {}: its metadata images have no room "
                                           "for so many regions.",
                                           context.size_text(wanted), type, job.name()));
  job.ask(fmt::format("Do you really want to change the region_size {} of LV {} to {}? [y/n]: ",
                      context.size_text(raid.region_size), job.name(), context.size_text(wanted)),
          fmt::format("Logical volume {} NOT converted.", job.name()));
  Vg after = *view.vg;
  after.find_lv(job.lv.id)->as<Raid>()->region_size = wanted;
  after.find_lv(job.lv.id)->flags.clear(LvFlag::reshape);
  TRY(job.stages.change(std::move(after), job.lv.id));
  job.stages.plan().stages.back().steps.emplace_back(
      print(fmt::format("Changed region size on {} LV {} to {}.", type, job.name(), context.size_text(wanted))));
  return job.stages.finish();
}

}  // namespace lvm::plan::convert
