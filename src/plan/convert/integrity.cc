// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/integrity.h"

#include <fmt/format.h>

#include <utility>

#include "plan/convert/parts.h"
#include "plan/image_space.h"
#include "plan/images.h"
#include "plan/layers.h"

namespace lvm::plan::convert {
namespace {

using model::Integrity;
using model::Lv;
using model::Raid;
using model::Role;
using model::Vg;

constexpr std::uint32_t kTagSize = 4;

// Tags for every block, and a journal that grows with the volume.
Extents metadata_extents(const Vg& vg, Extents image) {
  constexpr std::uint64_t kMiB = 1 << 20;
  std::uint64_t size = to_bytes(vg.size_of(image)).n;
  std::uint64_t journal = size <= 512 * kMiB ? 4 : size <= 1024 * kMiB ? 8 : size <= 4096 * kMiB ? 32 : 64;
  std::uint64_t tags = (size / (500 * kMiB) + 1) * 4;
  return to_extents_ceil(to_sectors_ceil(Bytes((tags + journal) * kMiB)), vg.extent_size);
}

// `extents` for `tags`, which belong to `image`, are beside it.
Result<> append_beside(const Context& context, const Vg& vg, const Lv& image, Extents extents, Lv& tags) {
  alloc::FreeMap free(vg);
  alloc::Request request = allocation_request(context, vg, tags);
  request.extents = extents;
  for (const alloc::PvChoice& choice : alloc::allocatable(vg))
    if (lies_on(vg, image, choice.pv)) request.choices.push_back(choice);
  std::vector<alloc::Placement> placements = TRY(alloc::allocate(vg, free, request));
  for (const alloc::Placement& placement : placements) append_legs(tags, placement.legs, placement.length, Sectors());
  return {};
}

Result<Lv> place_tags(Stages& stages, const Vg& vg, const Lv& image) {
  const Context& context = stages.context();
  Lv out = new_part(context, image, Role::integrity_metadata, 0);
  out.read_ahead = Lv::kReadAheadNone;
  TRY(append_beside(context, vg, image, metadata_extents(vg, image.extents()), out));
  return out;
}

// The image's extents move to a volume below it.
void layer(const Context& context, Vg& vg, LvId image_id, LvId tags, const IntegrityOptions& options) {
  Lv origin = new_part(context, *vg.find_lv(image_id), Role::integrity_origin, 0);
  Lv& image = *vg.find_lv(image_id);
  Extents extents = image.extents();
  origin.segments = std::exchange(image.segments, {});
  Integrity body;
  body.origin = origin.id;
  body.metadata = tags;
  body.data_sectors = vg.size_of(extents);
  body.mode = options.mode == "bitmap" ? "B" : "J";
  body.tag_size = kTagSize;
  body.block_size = options.block_size;
  body.internal_hash = "crc32c";
  body.recalculate = true;
  image.segments.push_back({Extents(), extents, {}, std::move(body), {}, {}});
  vg.lvs.push_back(std::move(origin));
}

}  // namespace

Result<> check_integrity(const IntegrityOptions& options, const Lv& lv) {
  const auto* raid = lv.as<Raid>();
  if (!raid || raid->row().kernel_name == "raid0")
    return fail(Code::refused, "Integrity can only be added to raid1,4,5,6,10.");
  if (!options.mode.empty() && options.mode != "journal" && options.mode != "bitmap")
    return fail(Code::usage, "Invalid raidintegritymode value, use \"bitmap\" or \"journal\"");
  constexpr std::uint32_t kSmallest = 512, kLargest = 4096;
  std::uint32_t block = options.block_size;
  if (block != 0 && (block < kSmallest || block > kLargest || !is_power_of_two(block)))
    return fail(Code::usage, "Invalid integrity block size, possible values are 512, 1024, 2048, 4096");
  return {};
}

Result<Vg> with_integrity(Stages& stages, Vg vg, const std::vector<LvId>& images, const IntegrityOptions& options) {
  std::vector<std::pair<LvId, LvId>> made;
  for (LvId image_id : images) {
    const Lv image = *vg.find_lv(image_id);
    Lv tags = TRY(place_tags(stages, vg, image));
    std::string name = tags.name;
    stages.add_steps({print(fmt::format("Creating integrity metadata LV {} with size {}.", name,
                                        stages.context().size_text(vg.size_of(tags.extents()))))});
    made.emplace_back(image_id, tags.id);
    tags.flags.set(model::LvFlag::visible);
    vg.lvs.push_back(std::move(tags));
    TRY(clear_parts(stages, vg, std::span(&made.back().second, 1)));
    stages.plan().stages.back().steps.emplace_back(print(fmt::format("Logical volume \"{}\" created.", name)));
  }
  for (const auto& [image, tags] : made) {
    hide(vg, tags);
    layer(stages.context(), vg, image, tags, options);
  }
  return vg;
}

Result<> grow_integrity_metadata(const Context& context, Vg& vg, LvId image_id) {
  const Lv& image = *vg.find_lv(image_id);
  LvId tags_id = image.as<Integrity>()->metadata;
  Lv tags = *vg.find_lv(tags_id);
  Extents needed = metadata_extents(vg, image.extents());
  if (needed <= tags.extents()) return {};
  TRY(append_beside(context, vg, image, needed - tags.extents(), tags));
  *vg.find_lv(tags_id) = std::move(tags);
  return {};
}

void clear_recalculate(Vg& vg, LvId id) {
  for (LvId image : images_of(*vg.find_lv(id)))
    if (auto* integrity = vg.find_lv(image)->as<Integrity>()) integrity->recalculate = false;
}

Result<> add_checksums(Job& job, Vg vg, const std::vector<LvId>& images, const IntegrityOptions& options,
                       std::vector<std::string> said) {
  vg = TRY(with_integrity(job.stages, std::move(vg), images, options));
  for (std::string& line : said) job.stages.add_steps({print(std::move(line))});
  TRY(job.stages.change(vg, job.lv.id));
  clear_recalculate(vg, job.lv.id);
  job.stages.add(std::move(vg), {}, {});
  return {};
}

std::optional<IntegrityOptions> integrity_of(const Vg& vg, const Lv& lv) {
  if (!lv.as<Raid>()) return std::nullopt;
  for (LvId image : images_of(lv))
    if (const auto* integrity = vg.find_lv(image)->as<Integrity>())
      return IntegrityOptions{integrity->mode == "B" ? "bitmap" : "journal", integrity->block_size};
  return std::nullopt;
}

Result<step::Plan> add_integrity(const Context& context, const world::VgView& view, const Request& request,
                                 IntegrityOptions options) {
  TRY(check_writable(context, view));
  Job job(context, view, request);
  TRY(check_integrity(options, job.lv));
  // The checksums are calculated when the layers come up; without them nothing could be read.
  TRY(job.needs_active());
  ChosenBlocks blocks = TRY(added_integrity_block_size(job.vg(), job.lv, request.blocks, options.block_size));
  options.block_size = blocks.size;
  std::vector<LvId> images = images_of(job.lv);
  std::erase_if(images, [&](LvId image) { return job.vg().find_lv(image)->as<Integrity>() != nullptr; });
  TRY(add_checksums(job, job.vg(), images, options, std::move(blocks.said)));
  job.stages.plan().stages.back().steps.emplace_back(
      print(fmt::format("Logical volume {} has added integrity.", job.name())));
  return job.stages.finish();
}

Result<step::Plan> remove_integrity(const Context& context, const world::VgView& view, const Request& request) {
  TRY(check_writable(context, view));
  Job job(context, view, request);
  Vg vg = job.vg();
  std::vector<LvId> leaving;
  for (LvId image_id : images_of(job.lv)) {
    Lv& image = *vg.find_lv(image_id);
    const auto* found = image.as<Integrity>();
    if (!found) continue;
    Integrity integrity = *found;
    image.segments = hollow(*vg.find_lv(integrity.origin));
    leaving.push_back(integrity.origin);
    if (integrity.metadata) leaving.push_back(integrity.metadata);
  }
  if (leaving.empty())
    return fail(Code::refused, fmt::format("LV {} segment has no integrity metadata device.", job.name()));
  if (job.active()) {
    for (LvId part : leaving) extract(vg, part, false);
    TRY(job.stages.change(vg, job.lv.id));
    take_down(job.stages, leaving);
  }
  erase(vg, leaving);
  job.stages.add(std::move(vg), {}, {});
  job.stages.plan().stages.back().steps.emplace_back(
      print(fmt::format("Logical volume {} has removed integrity.", job.name())));
  return job.stages.finish();
}

}  // namespace lvm::plan::convert
