// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/replace.h"

#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/live.h"
#include "dm/status.h"
#include "plan/convert/integrity.h"
#include "plan/convert/parts.h"
#include "plan/images.h"

namespace lvm::plan::convert {
namespace {

using model::Lv;
using model::LvArea;
using model::LvFlag;
using model::Raid;
using model::Vg;

// New images and their metadata (`coming`) are volumes of their own while the images get their checksums.
Result<Vg> with_checksums(Job& job, Vg vg, const std::vector<LvId>& coming, const std::vector<LvId>& images,
                          const IntegrityOptions& options) {
  for (LvId part : coming) vg.find_lv(part)->flags.set(LvFlag::visible);
  vg = TRY(with_integrity(job.stages, std::move(vg), images, options));
  for (LvId part : coming) hide(vg, part);
  return vg;
}

// Once the new layers are live, the kernel calculates and rebuilds by itself.
void settle_checksums(Job& job, Vg& vg, const std::vector<LvId>& rebuilt) {
  clear_recalculate(vg, job.lv.id);
  job.stages.add(vg, {}, {});
  clear_rebuild(vg, rebuilt);
  job.stages.add(vg, {}, {});
}

// The images at these positions get new places: one commit puts new images there, to be rebuilt, the next lets the
// old ones go.
Result<> replace(Job& job, const std::vector<std::size_t>& positions) {
  const Raid& raid = *job.lv.as<Raid>();
  const std::optional<IntegrityOptions> integrity = integrity_of(job.vg(), job.lv);
  Vg vg = job.vg();
  mark_missing(job.stages.view(), vg);
  Extents length = vg.find_lv(image_of(job.lv, positions.front()))->extents();
  Extents metadata = vg.find_lv(raid.metadata[positions.front()])->extents();
  std::vector<NewImage> images = TRY(place_images(job, vg, static_cast<std::uint32_t>(raid.areas.size()),
                                                  static_cast<std::uint32_t>(positions.size()), length, metadata));
  Raid body = raid;
  std::vector<LvId> leaving, coming, data;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    body.areas[positions[i]] = LvArea{images[i].data.id, Extents()};
    body.metadata[positions[i]] = images[i].metadata.id;
    data.push_back(images[i].data.id);
    for (Lv* lv : {&images[i].metadata, &images[i].data}) {
      lv->flags.set(LvFlag::rebuild);
      coming.push_back(lv->id);
      vg.lvs.push_back(std::move(*lv));
    }
  }
  if (integrity) vg = TRY(with_checksums(job, std::move(vg), coming, data, *integrity));
  for (std::size_t at : positions)
    for (LvId old : {image_of(job.lv, at), raid.metadata[at]}) {
      extract(vg, old);
      leaving.push_back(old);
    }
  Lv& top = *vg.find_lv(job.lv.id);
  top.segments.front().body = std::move(body);
  if (integrity) {
    ChosenBlocks blocks = TRY(more_integrity_block_size(vg, top, job.request.blocks, integrity->block_size));
    for (std::string& line : blocks.said) job.stages.add_steps({print(std::move(line))});
  }
  TRY(job.stages.change(vg, job.lv.id));
  if (integrity) settle_checksums(job, vg, coming);
  take_down(job.stages, leaving);
  erase(vg, leaving);
  clear_rebuild(vg, coming);
  number_images(vg, job.lv.id);
  return job.stages.change(std::move(vg), job.lv.id);
}

// What is left must hold all data.
Result<> check_enough_left(const Job& job, const std::vector<std::size_t>& positions) {
  const Raid& raid = *job.lv.as<Raid>();
  if (positions.size() == raid.areas.size())
    return fail(Code::refused, fmt::format("Unable to replace all PVs from {} at once.", job.name()));
  if (!raid.row().mirrored && positions.size() > raid.row().parity)
    return fail(Code::refused, fmt::format("Unable to replace more than {} PVs from ({}) {}.", raid.row().parity,
                                           raid.row().name, job.name()));
  for (std::size_t group = 0; raid.row().striped && raid.row().mirrored && group < raid.areas.size();
       group += raid.copies()) {
    auto lost = std::ranges::count_if(
        positions, [&](std::size_t image) { return image >= group && image < group + raid.copies(); });
    if (static_cast<std::uint32_t>(lost) >= raid.copies())
      return fail(Code::refused,
                  fmt::format("Unable to replace all the devices in a RAID10 mirror group of {}.", job.name()));
  }
  return {};
}

Result<> check_kind(const Job& job) {
  const Raid& raid = *job.lv.as<Raid>();
  if (raid.metadata.empty() || raid.row().kernel_name == "raid0")
    return fail(Code::refused,
                fmt::format("Unable to replace images of {}: {} keeps no second copy.", job.name(), raid.row().name));
  return {};
}

// Images without all of their PVs, and those that the kernel has given up.
std::vector<std::size_t> faulty(Job& job) {
  const Raid& raid = *job.lv.as<Raid>();
  const world::VgView& view = job.stages.view();
  std::string health;
  if (const auto* live = activate::own_device(job.stages.world(), job.vg(), job.lv); live && !live->status.empty())
    if (const auto* status = std::get_if<dm::RaidStatus>(&live->status.front().body)) health = status->health;
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < raid.areas.size(); ++i) {
    bool lacks = i < health.size() && health[i] == 'D';
    lacks = lacks || misses_pv(view, *job.vg().find_lv(image_of(job.lv, i))) ||
            misses_pv(view, *job.vg().find_lv(raid.metadata[i]));
    if (lacks) out.push_back(i);
  }
  return out;
}

}  // namespace

Result<step::Plan> replace_images(const Context& context, const world::VgView& view, const Request& request,
                                  const std::vector<std::string>& pvs) {
  TRY(check_writable(context, view, {.missing_pvs = true}));
  Job job(context, view, request);
  const Raid& raid = *job.lv.as<Raid>();
  TRY(check_kind(job));
  TRY(job.needs_active());
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < raid.areas.size(); ++i) {
    const Lv& image = *view.vg->find_lv(image_of(job.lv, i));
    for (const std::string& name : pvs) {
      const world::PvDevice* device = context.world.find_pv(name);
      if (!device || !view.vg->find_pv(device->id))
        return fail(Code::not_found, fmt::format("{} not found in volume group, {}", name, view.vg->name));
      if (lies_on(*view.vg, image, device->id)) {
        positions.push_back(i);
        break;
      }
    }
  }
  if (positions.empty())
    return fail(Code::refused,
                fmt::format("Logical volume {} does not contain devices specified to replace.", job.name()));
  TRY(check_enough_left(job, positions));
  TRY(job.needs_sync(fmt::format("Unable to replace devices in {} while it is not in-sync.", job.name())));
  TRY(replace(job, positions));
  return job.stages.finish();
}

Result<step::Plan> repair(const Context& context, const world::VgView& view, const Request& request) {
  TRY(check_writable(context, view, {.missing_pvs = true}));
  Job job(context, view, request);
  TRY(check_kind(job));
  TRY(job.needs_active());
  job.ask("Attempt to replace failed RAID images (requires full device resync)? [y/n]: ",
          fmt::format("Faulty devices in {} are left as they are.", job.name()));
  std::vector<std::size_t> positions = faulty(job);
  if (positions.empty()) {
    context.note(print(fmt::format("{} does not contain devices specified to replace.", job.name())));
    job.stages.add_steps({});
  } else {
    TRY(check_enough_left(job, positions));
    TRY(replace(job, positions));
  }
  job.stages.plan().stages.back().steps.emplace_back(
      print(fmt::format("Faulty devices in {} successfully replaced.", job.name())));
  return job.stages.finish();
}

}  // namespace lvm::plan::convert
