// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/mirror.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

#include "model/names.h"
#include "model/usable.h"
#include "plan/convert/in_sync.h"
#include "plan/convert/parts.h"
#include "plan/images.h"
#include "plan/layers.h"
#include "segment/kind.h"

namespace lvm::plan::convert {
namespace {

using model::Lv;
using model::LvArea;
using model::Mirror;
using model::Raid;
using model::Role;
using model::Vg;

void say(Stages& stages, const std::string& name, std::string_view what) {
  stages.plan().stages.back().steps.emplace_back(print(fmt::format("Logical volume {} {}.", name, what)));
}
void say(Job& job, std::string_view what) { say(job.stages, job.name(), what); }

constexpr std::string_view kLayer = "_mimagetmp_";

Result<> check_settled(const Job& job) {
  if (!model::converted_mirror(job.vg(), job.lv)) return {};
  return fail(Code::refused,
              fmt::format("{0} is being converted: wait until its images are copied (lvconvert {0}).", job.name()));
}

// Parts that are no longer used go one by one, as LVM lets them go.
void drop(Job& job, Vg vg, const std::vector<LvId>& parts) {
  job.stages.add(vg, {}, {});
  take_down(job.stages, parts);
  for (LvId part : parts) {
    erase(vg, {part});
    job.stages.add(vg, {}, {});
  }
}

struct Added {
  std::vector<Lv> images;
  std::vector<alloc::Placement::Leg> logs;
  Extents log_length;
};

// The number behind the highest of an image: the numbers of images that went stay free.
std::uint32_t next_number(const Vg& vg, const Lv& lv) {
  std::uint32_t next = 0;
  for (const Lv& image : vg.lvs) {
    auto name = model::split_sub_lv_name(image.name);
    if (name && name->parent == lv.name && name->kind->suffix == model::row_of(Role::mirror_image).suffix)
      next = std::max(next, name->number.value_or(0) + 1);
  }
  return next;
}

// New images on PVs that carry none yet, and so many copies of a log on yet others.
Result<Added> place(Job& job, const MirrorRequest& asked, std::uint32_t first, Sectors region_size,
                    std::uint32_t logs) {
  const Context& context = job.stages.context();
  const Vg& vg = job.vg();
  alloc::FreeMap free(vg);
  std::vector<alloc::PvChoice> choices = TRY(choose_pvs(context, job.stages.view(), asked.pvs, free));
  alloc::Request request = allocation_request(context, vg, job.lv, asked.allocation);
  if (request.policy != model::Allocation::anywhere)
    std::erase_if(choices, [&](const alloc::PvChoice& choice) { return lies_on(vg, job.lv, choice.pv); });
  request.extents = job.lv.extents();
  request.copies = asked.images - first;
  request.choices = std::move(choices);
  if (logs > 0) {
    request.logs = logs;
    request.log_length = mirror_log_extents(vg, job.lv.extents(), region_size);
    request.shared_logs = !context.config.flag("allocation/mirror_logs_require_separate_pvs");
  }
  std::vector<alloc::Placement> placements = TRY(alloc::allocate(vg, free, request));
  Added out;
  const std::uint32_t number = std::max(first, next_number(vg, job.lv));
  for (std::uint32_t i = 0; i < request.copies; ++i) {
    Lv image = new_part(context, job.lv, Role::mirror_image, number + i);
    for (const alloc::Placement& placement : placements)
      append_legs(image, std::span(&placement.legs[i], 1), placement.length, Sectors());
    out.images.push_back(std::move(image));
  }
  out.logs = std::move(placements.front().logs);
  out.log_length = request.log_length;
  return out;
}

// To a mirror whose log is on disk, and says nothing of new images: it goes on as the first image of another one, whose
// log is in memory, until all is copied.
Result<> add_images_above(Job& job, const MirrorRequest& asked) {
  const Mirror& mirror = *job.lv.as<Mirror>();
  auto first = static_cast<std::uint32_t>(mirror.areas.size());
  Added added = TRY(place(job, asked, first, mirror.region_size, 0));
  Vg vg = job.vg();
  Lv layer = new_part(job.stages.context(), job.lv, Role::mirror_image, first);
  layer.name = fmt::format("{}{}{}", job.lv.name, kLayer, next_number(job.vg(), job.lv));
  layer.segments.push_back({Extents(), job.lv.extents(), {}, model::ErrorSegment{}, {}, {}});
  const LvId id = layer.id;
  vg.lvs.push_back(std::move(layer));
  if (job.active()) job.stages.add(vg, {}, {});
  Mirror body{.areas = {LvArea{id, Extents()}}, .region_size = mirror.region_size};
  for (Lv& image : added.images) {
    body.areas.emplace_back(LvArea{image.id, Extents()});
    vg.lvs.push_back(std::move(image));
  }
  vg.find_lv(id)->segments.front().body = mirror;
  vg.find_lv(job.lv.id)->segments.front().body = std::move(body);
  return job.stages.change(std::move(vg), job.lv.id);
}

// From a volume with extents of its own, or a mirror whose log is in memory.
Result<> add_images(Job& job, const MirrorRequest& asked) {
  const auto* mirror = job.lv.as<Mirror>();
  if (mirror && mirror->log) return add_images_above(job, asked);
  Sectors size = job.vg().size_of(job.lv.extents());
  Sectors region_size =
      mirror ? mirror->region_size : region_size_for(job.stages.context(), asked.region_size, true, size);
  std::uint32_t logs = mirror ? 0 : asked.logs.value_or(1);
  auto first = static_cast<std::uint32_t>(mirror ? mirror->areas.size() : 1);
  Added added = TRY(place(job, asked, first, region_size, logs));
  Vg vg = job.vg();
  Mirror body = mirror ? *mirror : Mirror{};
  body.region_size = region_size;
  if (!added.logs.empty()) {
    const Context& context = job.stages.context();
    body.log =
        add_mirror_log(context, vg, new_part(context, job.lv, Role::mirror_log, 0), added.logs, added.log_length);
    vg.find_lv(body.log)->flags.set(model::LvFlag::visible);
    TRY(clear_parts(job.stages, vg, std::span(&body.log, 1), {.log = true}));
    hide(vg, body.log);
  }
  if (!mirror) {
    Lv image = new_part(job.stages.context(), job.lv, Role::mirror_image, 0);
    Lv& top = *vg.find_lv(job.lv.id);
    image.segments = std::exchange(top.segments, {});
    top.segments.push_back({Extents(), image.extents(), {}, {}, {}, {}});
    body.areas.emplace_back(LvArea{image.id, Extents()});
    vg.lvs.push_back(std::move(image));
  }
  for (Lv& image : added.images) {
    body.areas.emplace_back(LvArea{image.id, Extents()});
    vg.lvs.push_back(std::move(image));
  }
  vg.find_lv(job.lv.id)->segments.front().body = std::move(body);
  return job.stages.change(std::move(vg), job.lv.id);
}

// The last ones, or those on the PVs named, as positions.
std::vector<std::size_t> images_to_go(Job& job, std::size_t count) {
  const auto& areas = job.lv.as<Mirror>()->areas;
  std::vector<std::size_t> out;
  for (std::size_t i = areas.size(); i > 0 && out.size() < count; --i) {
    bool named = job.request.pvs.empty();
    for (const PvArgument& argument : job.request.pvs) {
      const world::PvDevice* device = job.stages.world().find_pv(argument.name);
      named = named || (device && lies_on(job.vg(), *job.vg().find_lv(image_of(job.lv, i - 1)), device->id));
    }
    if (named) out.push_back(i - 1);
  }
  return out;
}

// Takes the images at these positions out of the mirror, and its log where that is lost or one image is left, which
// then is the volume. Returns what is of no use any more; not the images themselves.
std::vector<LvId> take_images(const Job& job, Vg& vg, const std::vector<std::size_t>& going, bool log) {
  const Mirror& mirror = *job.lv.as<Mirror>();
  Mirror body = mirror;
  body.areas.clear();
  for (std::size_t i = 0; i < mirror.areas.size(); ++i)
    if (std::ranges::find(going, i) == going.end()) body.areas.push_back(mirror.areas[i]);
  std::vector<LvId> out;
  Lv& top = *vg.find_lv(job.lv.id);
  if (body.areas.size() > 1) {
    if (log) out.push_back(std::exchange(body.log, LvId()));
    top.segments.front().body = std::move(body);
    return out;
  }
  Lv& last = *vg.find_lv(std::get<LvArea>(body.areas.front()).lv);
  top.segments = hollow(last);
  out.push_back(last.id);
  if (mirror.log) out.push_back(mirror.log);
  top.flags.clear(model::LvFlag::not_synced);
  return out;
}

// The images at these positions, the highest first.
Result<> remove_images(Job& job, const std::vector<std::size_t>& going, bool log) {
  Vg vg = job.vg();
  mark_missing(job.stages.view(), vg);
  std::vector<LvId> leaving;
  for (std::size_t at : going) leaving.push_back(image_of(job.lv, at));
  std::ranges::copy(take_images(job, vg, going, log), std::back_inserter(leaving));
  for (LvId part : leaving) extract(vg, part, false);
  Vg after = vg;
  // A log on disk says by itself which regions are equal.
  const auto* still = after.find_lv(job.lv.id)->as<Mirror>();
  bool nosync = still && !still->log && in_sync(job.stages.world(), job.vg(), job.lv) == true;
  TRY(job.stages.change(std::move(vg), job.lv.id, {.nosync = nosync}));
  drop(job, std::move(after), leaving);
  return {};
}

// A log for the images that are there, on PVs that carry none of them; cleared, and hidden.
Result<LvId> add_log(Job& job, Vg& vg, Sectors region_size, std::uint32_t copies, bool synced) {
  const Context& context = job.stages.context();
  alloc::FreeMap free(vg);
  Lv log = new_part(context, job.lv, Role::mirror_log, 0);
  if (job.lv.as<Raid>()) log.allocation = model::Allocation::normal;  // said so by LVM2 too
  alloc::Request place = allocation_request(context, vg, log);
  place.extents = mirror_log_extents(vg, job.lv.extents(), region_size);
  place.copies = copies;
  place.choices = TRY(choose_pvs(context, job.stages.view(), job.request.pvs, free));
  std::ranges::reverse(place.choices);
  std::erase_if(place.choices,
                [&](const alloc::PvChoice& choice) { return lies_on(vg, *vg.find_lv(job.lv.id), choice.pv); });
  std::vector<alloc::Placement> placements = TRY(alloc::allocate(vg, free, place));
  const LvId id = add_mirror_log(context, vg, std::move(log), placements.front().legs, placements.front().length);
  vg.find_lv(id)->flags.set(model::LvFlag::visible);
  TRY(clear_parts(job.stages, vg, std::span(&id, 1), {.in_sync = synced, .log = true}));
  hide(vg, id);
  return id;
}

}  // namespace

Result<step::Plan> set_mirror_images(const Context& context, const world::VgView& view, const MirrorRequest& request) {
  TRY(check_writable(context, view, {.missing_pvs = request.missing_pvs}));
  Job job(context, view, request);
  const auto* mirror = job.lv.as<Mirror>();
  TRY(check_settled(job));
  auto now = static_cast<std::uint32_t>(mirror ? mirror->areas.size() : 1);
  if (request.images > model::kMaxMirrorImages)
    return fail(Code::refused,
                fmt::format("Only up to {} images in mirror supported currently.", model::kMaxMirrorImages));
  if (request.images == now) return job.stages.finish();
  if (request.images > now) {
    TRY(add_images(job, request));
    say(job, "being converted");
    if (mirror && mirror->log && !job.active())
      job.stages.plan().stages.back().steps.emplace_back(print("Conversion starts after activation."));
  } else {
    std::vector<std::size_t> going = images_to_go(job, now - request.images);
    if (going.size() < now - request.images)
      return fail(Code::refused, "Unable to extract enough images to satisfy request");
    TRY(remove_images(job, going, false));
    say(job, "converted");
  }
  return job.stages.finish();
}

namespace {

// The images at these positions, the lowest first, become a volume `name`: one of them as it is, several as a mirror
// whose log is in memory. The first one's LV is the new volume.
LvId make_volume_of(Job& job, Vg& vg, const std::vector<std::size_t>& images, const std::string& name) {
  const LvId id = image_of(job.lv, images.front());
  Lv& first = *vg.find_lv(id);
  first.name = name;
  extract(vg, id, false);
  if (images.size() == 1) return id;
  Lv part = new_part(job.stages.context(), first, Role::mirror_image, 0);
  part.flags.clear(model::LvFlag::visible);
  part.segments = std::exchange(first.segments, {});
  Mirror body{.areas = {LvArea{part.id, Extents()}}, .region_size = job.lv.as<Mirror>()->region_size};
  for (std::size_t at : images | std::views::drop(1)) body.areas.emplace_back(LvArea{image_of(job.lv, at), Extents()});
  first.segments.push_back({Extents(), part.extents(), {}, std::move(body), {}, {}});
  vg.lvs.push_back(std::move(part));
  number_images(vg, id);
  return id;
}

Result<> check_split(Job& job, std::uint32_t count, const std::string& name) {
  if (job.vg().find_lv(name))
    return fail(Code::exists, fmt::format("Logical Volume \"{}\" already exists in {}.", name, job.vg().name));
  std::size_t images = job.lv.as<Mirror>()->areas.size();
  if (count >= images)
    return fail(Code::refused,
                fmt::format("Unable to reduce images by specified amount - only {} in {}", images, job.lv.name));
  std::string otherwise = fmt::format("Unable to split mirror {} that is not in-sync.", job.name());
  std::optional<bool> synced = in_sync(job.stages.world(), job.vg(), job.lv);
  if (!synced)
    return fail(Code::refused, fmt::format("Unable to determine mirror sync status of {}.\n{}", job.name(), otherwise));
  if (!*synced) return fail(Code::refused, std::move(otherwise));
  return {};
}

// Copies of its log on disk.
std::uint32_t log_copies(const Vg& vg, const Mirror& mirror) {
  if (!mirror.log) return 0;
  const auto* copies = vg.find_lv(mirror.log)->as<Mirror>();
  return copies ? static_cast<std::uint32_t>(copies->areas.size()) : 1;
}

// A log that is a mirror goes on as one of its images, with what it says.
Result<step::Plan> single_log(const Context& context, const world::VgView& view, const Job& whole) {
  Request request{.lv = whole.lv.as<Mirror>()->log};
  Job log(context, view, request);
  TRY(remove_images(log, images_to_go(log, log.lv.as<Mirror>()->areas.size() - 1), false));
  say(log.stages, whole.name(), "converted");
  return log.stages.finish();
}

}  // namespace

Result<step::Plan> split_mirror_images(const Context& context, const world::VgView& view, const Request& request,
                                       std::uint32_t count, const std::string& name) {
  TRY(check_writable(context, view));
  Job job(context, view, request);
  TRY(check_settled(job));
  if (count == 0) return job.stages.finish();
  TRY(check_split(job, count, name));
  std::vector<std::size_t> going = images_to_go(job, count);
  if (going.size() < count) return fail(Code::refused, "Unable to extract enough images to satisfy request");
  std::ranges::sort(going);
  Vg vg = job.vg();
  std::vector<LvId> leaving = take_images(job, vg, going, false);
  const LvId split = make_volume_of(job, vg, going, name);
  for (LvId part : leaving) extract(vg, part, false);
  TRY(job.stages.change(vg, split, {.nosync = true}));
  drop(job, std::move(vg), leaving);
  say(job, "converted");
  return job.stages.finish();
}

Result<step::Plan> set_mirror_log(const Context& context, const world::VgView& view, const MirrorRequest& request) {
  TRY(check_writable(context, view, {.missing_pvs = request.missing_pvs}));
  Job job(context, view, request);
  TRY(check_settled(job));
  const Mirror& mirror = *job.lv.as<Mirror>();
  constexpr const char* kLogs[] = {"core", "disk", "mirrored"};
  std::uint32_t wanted = request.logs.value_or(1), now = log_copies(job.vg(), mirror);
  if (wanted == now) {
    context.note(print(fmt::format("Logical volume {} already has a {} log.", job.name(), kLogs[now])));
    return job.stages.finish();
  }
  if (now > 1 && wanted == 1) return single_log(context, view, job);
  bool synced = in_sync(context.world, job.vg(), job.lv) == true;
  Vg vg = job.vg();
  // From a log on disk to a mirrored one by way of memory.
  if (now > 0) {
    LvId log = std::exchange(vg.find_lv(job.lv.id)->as<Mirror>()->log, LvId());
    extract(vg, log, false);
    TRY(job.stages.change(vg, job.lv.id, {.nosync = synced}));
    drop(job, std::move(vg), {log});
    vg = *job.stages.plan().stages.back().after;
  }
  if (wanted > 0) {
    LvId log = TRY(add_log(job, vg, mirror.region_size, wanted, synced));
    vg.find_lv(job.lv.id)->as<Mirror>()->log = log;
    TRY(job.stages.change(std::move(vg), job.lv.id, {.nosync = synced}));
  }
  say(job, "converted");
  return job.stages.finish();
}

Result<step::Plan> finish_mirror_images(const Context& context, const world::VgView& view, LvId id) {
  TRY(check_writable(context, view, {.missing_pvs = true}));
  Request request{.lv = id};
  Job job(context, view, request);
  const Lv* layer = model::converted_mirror(job.vg(), job.lv);
  if (!layer || in_sync(context.world, job.vg(), job.lv) != true) return step::Plan{};
  Vg vg = job.vg();
  Mirror body = *layer->as<Mirror>();
  const auto& copied = job.lv.as<Mirror>()->areas;
  body.areas.insert(body.areas.end(), copied.begin() + 1, copied.end());
  Lv& below = *vg.find_lv(layer->id);
  below.segments.front().body = model::ErrorSegment{};
  extract(vg, below.id, false);
  vg.find_lv(id)->segments.front().body = std::move(body);
  TRY(job.stages.change(vg, id));
  drop(job, std::move(vg), {below.id});
  say(job, "converted");
  return job.stages.finish();
}

LostParts lost_parts(const world::VgView& view, const Lv& lv) {
  const Mirror& mirror = *lv.as<Mirror>();
  LostParts out;
  for (std::size_t i = mirror.areas.size(); i-- > 0;)
    if (misses_pv(view, *view.vg->find_lv(image_of(lv, i)))) out.images.push_back(i);
  out.log = mirror.log && misses_pv(view, *view.vg->find_lv(mirror.log));
  return out;
}

Result<step::Plan> drop_lost_parts(const Context& context, const world::VgView& view, const Request& request,
                                   bool replaced) {
  TRY(check_writable(context, view, {.missing_pvs = true}));
  Job job(context, view, request);
  TRY(check_settled(job));
  const Mirror& mirror = *job.lv.as<Mirror>();
  LostParts lost = lost_parts(view, job.lv);
  if (lost.images.size() == mirror.areas.size())
    return fail(Code::refused,
                fmt::format("All images of {} are on missing PVs: nothing is left to repair it from.", job.name()));
  if (!lost.images.empty())
    context.note(print(fmt::format("Mirror status: {} of {} images failed.", lost.images.size(), mirror.areas.size())));
  if (lost.log) context.note(print("Mirror log status: 1 of 1 images failed."));
  if (lost.images.empty() && !lost.log) {
    context.note(print(fmt::format("Volume {} is consistent. Nothing to repair.", job.name())));
    return job.stages.finish();
  }
  TRY(remove_images(job, lost.images, lost.log));
  // As LVM does, the mirror then says for itself which regions are equal.
  if (!replaced && !lost.images.empty() && lost.images.size() + 1 < mirror.areas.size())
    TRY(job.stages.change(*job.stages.plan().stages.back().after, job.lv.id));
  return job.stages.finish();
}

Result<step::Plan> mirror_to_raid1(const Context& context, const world::VgView& view, const Request& request) {
  TRY(check_writable(context, view));
  Job job(context, view, request);
  TRY(check_settled(job));
  const Mirror& mirror = *job.lv.as<Mirror>();
  TRY(job.needs_active());
  TRY(job.needs_sync(fmt::format("Unable to convert {} while mirror is not in-sync.", job.name())));
  job.ask(fmt::format("Are you sure you want to convert mirror LV {} to raid1 type? [y/n]: ", job.name()),
          fmt::format("Logical volume {} NOT converted.", job.name()));
  Vg vg = job.vg();
  Raid body{.areas = mirror.areas, .region_size = mirror.region_size};
  Extents length = raid_metadata_extents(vg, job.lv.extents(), mirror.region_size);
  for (std::uint32_t i = 0; i < mirror.areas.size(); ++i) {
    const Lv image = *vg.find_lv(image_of(job.lv, i));
    Lv metadata = TRY(place_metadata(job, vg, image, i, length));
    body.metadata.push_back(metadata.id);
    add_for_clearing(vg, std::move(metadata));
  }
  TRY(clear_parts(job.stages, vg, body.metadata));
  if (mirror.log) {
    vg.find_lv(job.lv.id)->as<Mirror>()->log = LvId();
    extract(vg, mirror.log, false);
    TRY(job.stages.change(vg, job.lv.id, {.nosync = true}));
    job.stages.add(vg, {}, {});
    take_down(job.stages, {mirror.log});
    erase(vg, {mirror.log});
  }
  for (LvId id : body.metadata) hide(vg, id);
  clear_rebuild(vg, body.metadata);
  vg.find_lv(job.lv.id)->segments.front().body = std::move(body);
  vg.find_lv(job.lv.id)->flags.clear(model::LvFlag::not_synced);
  number_images(vg, job.lv.id);
  TRY(job.stages.change(std::move(vg), job.lv.id, {.nosync = true}));
  job.say_converted();
  return job.stages.finish();
}

Result<step::Plan> raid1_to_mirror(const Context& context, const world::VgView& view, const Request& request) {
  TRY(check_writable(context, view));
  Job job(context, view, request);
  const Raid& raid = *job.lv.as<Raid>();
  TRY(job.needs_active());
  TRY(job.needs_sync(fmt::format("Unable to convert {} while it is not in-sync.", job.name())));
  job.ask(fmt::format("Are you sure you want to convert {} back to the older mirror type? [y/n]: ", job.name()),
          fmt::format("Logical volume {} NOT converted to \"mirror\".", job.name()));
  Vg vg = job.vg();
  Mirror body;
  body.areas = raid.areas;
  body.region_size = raid.region_size;
  body.log = TRY(add_log(job, vg, raid.region_size, 1, true));
  for (LvId id : raid.metadata) extract(vg, id);
  vg.find_lv(job.lv.id)->segments.front().body = std::move(body);
  number_images(vg, job.lv.id);
  job.stages.add(TRY(let_go(job, std::move(vg), raid.metadata)), {}, {});
  job.say_converted();
  return job.stages.finish();
}

}  // namespace lvm::plan::convert
