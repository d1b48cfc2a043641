// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/takeover.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/usable.h"
#include "plan/convert/in_sync.h"
#include "plan/convert/integrity.h"
#include "plan/convert/levels.h"
#include "plan/convert/parts.h"
#include "plan/convert/raid1.h"
#include "plan/convert/reshape.h"
#include "plan/image_space.h"
#include "plan/images.h"
#include "plan/layers.h"
#include "segment/kind.h"

namespace lvm::plan::convert {
namespace {

using model::Lv;
using model::LvArea;
using model::LvFlag;
using model::Raid;
using model::RaidType;
using model::Role;
using model::Striped;
using model::Vg;

// What is the same before and behind: stripes of one size, in images or not.
struct Layout {
  std::string name;  // "striped", "raid0", "raid0_meta"
  std::uint32_t stripes = 1;
  Sectors stripe_size;
};

// nullopt: not a volume of plain stripes.
std::optional<Layout> layout_of(const Lv& lv) {
  if (const auto* raid = lv.as<Raid>()) {
    if (raid->row().kernel_name != "raid0") return std::nullopt;
    return Layout{std::string(raid->row().name), static_cast<std::uint32_t>(raid->areas.size()), raid->stripe_size};
  }
  Layout out{"striped", 0, {}};
  for (const model::Segment& segment : lv.segments) {
    const auto* striped = std::get_if<Striped>(&segment.body);
    if (!striped) return std::nullopt;
    auto count = static_cast<std::uint32_t>(striped->areas.size());
    if (out.stripes != 0 && (count != out.stripes || striped->stripe_size != out.stripe_size)) return std::nullopt;
    out.stripes = count;
    out.stripe_size = striped->stripe_size;
  }
  return out;
}

// Striped to raid0: every stripe becomes an image.
Raid images_of_stripes(Job& job, Vg& vg, const Layout& layout) {
  Raid body{.type = RaidType::raid0};
  body.stripe_size = layout.stripe_size;
  for (std::uint32_t i = 0; i < layout.stripes; ++i) {
    Lv image = new_part(job.stages.context(), job.lv, Role::raid_image, i);
    for (const model::Segment& segment : job.lv.segments) {
      const auto& area = std::get<model::PvArea>(std::get<Striped>(segment.body).areas[i]);
      alloc::Placement::Leg leg{area.pv, area.start};
      append_legs(image, std::span(&leg, 1), segment::area_length(segment), Sectors());
    }
    body.areas.emplace_back(LvArea{image.id, Extents()});
    vg.lvs.push_back(std::move(image));
  }
  return body;
}

// Raid0 to striped: a segment for each stretch in which no image changes its place.
Result<std::vector<model::Segment>> stripes_of_images(const Job& job, const Raid& raid) {
  struct Cursor {
    const Lv* image;
    std::size_t segment = 0;
    Extents used;
  };
  std::vector<Cursor> cursors;
  for (const model::Area& area : raid.areas) cursors.push_back({job.vg().find_lv(std::get<LvArea>(area).lv), 0, {}});
  Lv out;
  while (cursors.front().segment < cursors.front().image->segments.size()) {
    Extents length(~std::uint64_t{0});
    std::vector<alloc::Placement::Leg> legs;
    for (const Cursor& cursor : cursors) {
      if (cursor.segment >= cursor.image->segments.size()) break;
      const model::Segment& segment = cursor.image->segments[cursor.segment];
      const auto* striped = std::get_if<Striped>(&segment.body);
      const auto* area =
          striped && striped->areas.size() == 1 ? std::get_if<model::PvArea>(&striped->areas[0]) : nullptr;
      if (!area)
        return fail(Code::unsupported, fmt::format("Converting {} is not possible yet: its image {} is no linear one.",
                                                   job.name(), cursor.image->name));
      legs.push_back({area->pv, area->start + cursor.used});
      length = std::min(length, segment.count - cursor.used);
    }
    if (legs.size() != cursors.size())
      return fail(Code::corrupt, fmt::format("The images of {} have not the same length.", job.name()));
    append_legs(out, legs, length, raid.stripe_size);
    for (Cursor& cursor : cursors) {
      cursor.used += length;
      if (cursor.used == cursor.image->segments[cursor.segment].count) {
        ++cursor.segment;
        cursor.used = Extents();
      }
    }
  }
  return std::move(out.segments);
}

void set_body(Vg& vg, const Lv& lv, Raid body) {
  Extents extents = lv.extents();
  Lv& top = *vg.find_lv(lv.id);
  top.segments.clear();
  top.segments.push_back({Extents(), extents, {}, std::move(body), {}, {}});
  top.flags.clear(LvFlag::reshape);
}

// Parts that go leave their extents at once: to the volume, or to nobody.
Result<> leave(Job& job, Vg vg, const std::vector<LvId>& parts) {
  for (LvId id : parts) {
    hollow(*vg.find_lv(id));
    extract(vg, id);
  }
  job.stages.add(TRY(let_go(job, std::move(vg), parts)), {}, {});
  return {};
}

Result<> to_raid0_meta(Job& job, Vg vg, Raid body) {
  body.metadata = TRY(add_metadata(job, vg, body.areas, Extents(1)));
  body.type = RaidType::raid0_meta;
  set_body(vg, job.lv, std::move(body));
  return job.stages.change(std::move(vg), job.lv.id);
}

// Among striped, raid0 and raid0_meta.
Result<> convert_plain(Job& job, const Layout& from, const std::string& type) {
  Vg vg = job.vg();
  const auto* raid = job.lv.as<Raid>();
  if (type == "striped") {
    auto segments = TRY(stripes_of_images(job, *raid));
    vg.find_lv(job.lv.id)->segments = std::move(segments);
    std::vector<LvId> parts;
    for (const model::Reference& part : model::references(job.lv.segments.front().body)) parts.push_back(part.lv);
    return leave(job, std::move(vg), parts);
  }
  if (from.name == "raid0_meta") {
    Raid body = *raid;
    std::vector<LvId> parts = std::exchange(body.metadata, {});
    body.type = RaidType::raid0;
    set_body(vg, job.lv, std::move(body));
    return leave(job, std::move(vg), parts);
  }
  if (from.name == "striped") {
    Raid body = images_of_stripes(job, vg, from);
    set_body(vg, job.lv, body);
    if (type == "raid0_meta") return to_raid0_meta(job, std::move(vg), std::move(body));
    return job.stages.change(std::move(vg), job.lv.id);
  }
  return to_raid0_meta(job, std::move(vg), *raid);
}

// Raid4 has its parity in front of the data, the others have it behind.
void parity_to_back(Raid& raid) {
  std::ranges::rotate(raid.areas, raid.areas.begin() + 1);
  std::ranges::rotate(raid.metadata, raid.metadata.begin() + 1);
}

// Images that have changed their places are numbered anew: by way of names that nobody has.
Result<> number_anew(Job& job, Vg vg) {
  Vg between = vg;
  for (const model::Reference& part : model::references(vg.find_lv(job.lv.id)->segments.front().body))
    between.find_lv(part.lv)->name += "_";
  TRY(job.stages.change(std::move(between), job.lv.id));
  number_images(vg, job.lv.id);
  return job.stages.change(std::move(vg), job.lv.id);
}

// The metadata of a raid0_meta is another level's, or is to become one's: the volume is a raid0 while it is cleared.
Result<> clear_metadata(Job& job) {
  Vg apart = job.stages.vg();
  Raid without = *apart.find_lv(job.lv.id)->as<Raid>();
  const std::vector<LvId> metadata = std::exchange(without.metadata, {});
  without.type = RaidType::raid0;
  set_body(apart, job.lv, std::move(without));
  for (LvId id : metadata) apart.find_lv(id)->flags.set(LvFlag::visible);
  TRY(job.stages.change(std::move(apart), job.lv.id));
  take_down(job.stages, metadata);
  return clear_volumes(job.stages, metadata);
}

// Adds parity images to a set of stripes, or a copy of each. Raid10 has each copy beside its original, and the images
// keep their numbers.
Result<> add_parity(Job& job, const Layout& from, const model::RaidTypeRow& level) {
  const auto* raid = job.lv.as<Raid>();
  Vg vg = job.vg();
  if (raid && raid->type == RaidType::raid0_meta && level.type == RaidType::raid4) {
    TRY(clear_metadata(job));
    job.stages.add(vg, {}, {});
  }
  bool parity_raid = raid && raid->row().parity > 0;
  Raid body = raid ? *raid : images_of_stripes(job, vg, from);
  Extents image_length = vg.find_lv(std::get<LvArea>(body.areas.front()).lv)->extents();
  Sectors region_size =
      parity_raid ? raid->region_size
                  : region_size_for(job.stages.context(), job.request.region_size, false, vg.size_of(job.lv.extents()));
  Extents length = raid_metadata_extents(vg, image_length, region_size);
  if (body.metadata.empty()) {
    set_body(vg, job.lv, body);
    body.metadata = TRY(add_metadata(job, vg, body.areas, length));
    body.type = RaidType::raid0_meta;
    set_body(vg, job.lv, body);
  }
  std::uint32_t more = level.mirrored ? from.stripes : level.parity - (parity_raid ? raid->row().parity : 0U);
  std::vector<NewImage> images =
      TRY(place_images(job, vg, static_cast<std::uint32_t>(body.areas.size()), more, image_length, length));
  auto [data, metadata] = TRY(add_cleared(job, vg, std::move(images)));
  const bool in_front = level.type == RaidType::raid4;
  for (std::size_t i = 0; i < data.size(); ++i) {
    std::size_t place = in_front ? 0 : level.mirrored ? 2 * i + 1 : body.areas.size();
    body.areas.insert(body.areas.begin() + static_cast<std::ptrdiff_t>(place), LvArea{data[i], Extents()});
    body.metadata.insert(body.metadata.begin() + static_cast<std::ptrdiff_t>(place), metadata[i]);
  }
  body.type = level.type;
  if (level.mirrored) body.data_copies = 2;
  body.region_size = region_size;
  set_body(vg, job.lv, std::move(body));
  TRY(job.stages.change(vg, job.lv.id));
  vg.find_lv(job.lv.id)->as<Raid>()->data_offset.reset();
  clear_rebuild(vg, data);
  if (level.mirrored) clear_rebuild(vg, metadata);
  if (in_front) return number_anew(job, std::move(vg));
  return job.stages.change(std::move(vg), job.lv.id);
}

// Raid1 of two images and raid4 or raid5 of two hold the same.
Result<> change_level(Job& job, RaidType type, Sectors stripe_size) {
  Vg vg = job.vg();
  Raid& body = *vg.find_lv(job.lv.id)->as<Raid>();
  if (body.type == RaidType::raid4) parity_to_back(body);  // as LVM2 does: they hold the same
  body.type = type;
  body.stripe_size = stripe_size;
  TRY(job.stages.change(vg, job.lv.id));
  job.stages.add(std::move(vg), {}, {});
  return {};
}

// Whether the image holds the data as plain stripes do.
bool is_plain_stripe(const Raid& raid, std::size_t image) {
  if (raid.row().mirrored) return image % raid.copies() == 0;
  if (raid.type == RaidType::raid4) return image != 0;
  return image < raid.areas.size() - raid.row().parity;
}

// Parity images go, or the copies of a raid10, and with them all metadata but that of a raid0_meta.
Result<> drop_parity(Job& job, const std::string& type) {
  const Raid& raid = *job.lv.as<Raid>();
  Vg vg = job.vg();
  const bool with_metadata = type == "raid0_meta";
  Raid data{.type = with_metadata ? RaidType::raid0_meta : RaidType::raid0, .stripe_size = raid.stripe_size};
  std::vector<LvId> leaving, images;
  for (std::size_t i = 0; i < raid.areas.size(); ++i) {
    LvId image = std::get<LvArea>(raid.areas[i]).lv;
    const bool stays = is_plain_stripe(raid, i);
    (stays && with_metadata ? data.metadata : leaving).push_back(raid.metadata[i]);
    if (stays) {
      data.areas.push_back(raid.areas[i]);
      images.push_back(image);
    } else {
      leaving.push_back(image);
    }
  }
  if (type == "striped") {
    auto segments = TRY(stripes_of_images(job, data));
    vg.find_lv(job.lv.id)->segments = std::move(segments);
    leaving.insert(leaving.end(), images.begin(), images.end());
  } else {
    set_body(vg, job.lv, std::move(data));
  }
  TRY(leave(job, std::move(vg), leaving));
  if (type == "striped") return {};
  Vg numbered = job.stages.vg();
  number_images(numbered, job.lv.id);
  TRY(job.stages.change(numbered, job.lv.id));
  if (!with_metadata) return {};
  TRY(clear_metadata(job));
  return job.stages.change(std::move(numbered), job.lv.id);
}

// The last image goes: the others are a raid5.
Result<> drop_second_parity(Job& job, const model::RaidTypeRow& level) {
  Vg vg = job.vg();
  Raid body = *job.lv.as<Raid>();
  std::vector<LvId> leaving = {body.metadata.back(), std::get<LvArea>(body.areas.back()).lv};
  body.metadata.pop_back();
  body.areas.pop_back();
  body.type = level.type;
  set_body(vg, job.lv, std::move(body));
  for (LvId id : leaving) extract(vg, id);
  Vg after = TRY(let_go(job, std::move(vg), leaving));
  Raid& raid = *after.find_lv(job.lv.id)->as<Raid>();
  if (!raid.data_offset) {
    job.stages.add(std::move(after), {}, {});
    return {};
  }
  raid.data_offset.reset();
  return job.stages.change(std::move(after), job.lv.id);
}

std::unexpected<Error> not_yet(const Job& job, std::string_view from, std::string_view to) {
  return fail(Code::unsupported, fmt::format("Converting {} from {} to {} is not possible yet: nothing was changed.",
                                             job.name(), from, to));
}

// The type that is next, and what is said when it is another one than was asked for.
void say_replaced(const Job& job, const Next& next, const std::string& asked) {
  if (!next.replaces(asked)) return;
  const Context& context = job.given;
  context.note(warn(fmt::format("Replaced LV type {} with possible type {}.", with_alias(asked), next.type)));
  context.note(
      warn(fmt::format("Repeat this command to convert to {} after an interim conversion has finished.", asked)));
}

// Along a way that next_level() knows.
Result<> convert(Job& job, const Level& from, const std::string& type) {
  const model::RaidTypeRow* level = model::find_raid_type(type);
  const std::optional<Layout> layout = layout_of(job.lv);
  if (layout) return is_plain(type) ? convert_plain(job, *layout, type) : add_parity(job, *layout, *level);
  const Raid& raid = *job.lv.as<Raid>();
  const bool drops_images = is_plain(type) || raid.row().parity > (level ? level->parity : 0U);
  if (!drops_images || raid.row().mirrored)
    TRY(job.needs_sync(fmt::format("Unable to convert {} while it is not in-sync.", job.name())));
  if (raid.areas.size() == 2 && !is_plain(type))
    return change_level(job, level->type, level->striped ? Sectors(128) : Sectors());
  if (is_plain(type)) return drop_parity(job, type);
  if (raid.row().parity == 1 && level->parity == 2)
    return add_parity(job, {from.name, raid.data_stripes(), raid.stripe_size}, *level);
  if (raid.row().parity == 2 && level->parity == 1) return drop_second_parity(job, *level);
  return not_yet(job, from.name, type);
}

// A set with too few or too many images for the next level.
Result<step::Plan> reshape_first(const Context& context, const world::VgView& view, const Request& request,
                                 const std::string& asked, const Next& next) {
  Request other = request;
  Job job(context, view, other);
  const model::RaidTypeRow& row = job.lv.as<Raid>()->row();
  other.stripes = next.images_first - row.parity;
  context.note(warn(fmt::format("Converting {} LV {} to {} stripes first.", row.name, job.name(), next.images_first)));
  say_replaced(job, next, asked);
  TRY(reshape(job, nullptr));
  job.say_converted();
  return job.stages.finish();
}

// The VG as a conversion to another level finds it: without the space that the raid keeps for reshaping. Where that is
// in front of the data, a stage of the job brings the data to the front.
Result<Vg> without_reshape_space(Job& job, const std::string& type) {
  const Raid& raid = *job.lv.as<Raid>();
  LvId id = job.lv.id;
  if (std::uint32_t freed = model::freed_images(job.vg(), raid); freed != 0)
    return fail(
        Code::refused,
        fmt::format("Can't convert {0} LV {1} to {2} containing sub LVs to remove after a reshape.\nRun \"lvconvert "
                    "--stripes {3} {1}\" first.",
                    raid.row().name, job.name(), type, raid.areas.size() - freed - 1));
  TRY(job.needs_sync(fmt::format("Unable to convert {} while it is not in-sync.", job.name())));
  auto front = TRY(with_data_in_front(job.given, job.vg(), id, raid_status(job.stages.world(), job.vg(), job.lv)));
  if (front) {
    front->find_lv(id)->flags.clear(LvFlag::reshape);
    TRY(job.stages.change(*std::move(front), id));
  }
  Vg out = job.stages.vg();
  drop_reshape_space(out, id);
  return out;
}

Result<> convert_job(Job& job, const Level& from, const std::string& type) {
  // Between these two nothing but metadata comes or goes.
  const bool asks = !(from.name.starts_with("raid0") && type.starts_with("raid0"));
  if (asks)
    job.ask(fmt::format("Are you sure you want to convert {} LV {} to {} type? [y/n]: ", from.name, job.name(), type),
            fmt::format("Logical volume {} NOT converted.\n{}", job.name(), directly_possible(job.name(), from)));
  TRY(convert(job, from, type));
  job.say_converted();
  return {};
}

// The stages of the one, then of the other.
step::Plan together(step::Plan one, step::Plan other) {
  for (step::Question& question : other.questions) one.questions.push_back(std::move(question));
  for (step::Say& note : other.notes) one.notes.push_back(std::move(note));
  for (step::Stage& stage : other.stages) one.stages.push_back(std::move(stage));
  return one;
}

}  // namespace

Result<step::Plan> take_over(const Context& context, const world::VgView& view, const Request& request,
                             const std::string& type) {
  TRY(check_writable(context, view));
  Job job(context, view, request);
  const Level from = level_of(job.lv);
  if (type != "striped" && type != "raid1" && type != "linear" && !request.stripe_size) job.note_default_stripe_size();
  if (integrity_of(*view.vg, job.lv))
    return fail(Code::refused, "This conversion is not supported for raid with integrity.");
  if (from.name == type && is_plain(type))
    return fail(Code::refused, fmt::format("Logical volume {} is already of requested type {}.", job.name(), type));
  const std::optional<Layout> layout = layout_of(job.lv);
  if (layout && ((request.stripe_size && *request.stripe_size != layout->stripe_size) ||
                 (request.stripes && *request.stripes != layout->stripes)))
    return fail(Code::unsupported, fmt::format("Converting {} to other stripes is not possible yet.", job.name()));
  const Next next = next_level(from, type);
  if (!next.refusal.empty())
    return fail(Code::refused, fmt::format("{}\n{}", fmt::format(fmt::runtime(next.refusal), job.name()),
                                           directly_possible(job.name(), from)));
  TRY(job.needs_active());
  if (next.images_first != 0) return reshape_first(context, view, request, type, next);
  say_replaced(job, next, type);
  if (from.name == "linear") return set_raid1_images(context, view, request, 2, true);
  const auto* raid = job.lv.as<Raid>();
  const model::RaidTypeRow* row = model::find_raid_type(next.type);
  if (raid && row && can_reshape(*raid, *row)) {
    TRY(reshape(job, row));
    job.say_converted();
    return job.stages.finish();
  }
  if (!raid || !reshape_space(job.lv)) {
    TRY(convert_job(job, from, next.type));
    return job.stages.finish();
  }
  world::VgView moved = view;
  moved.vg = std::make_shared<const Vg>(TRY(without_reshape_space(job, next.type)));
  Job rest(job.stages.context(), moved, request);
  TRY(convert_job(rest, from, next.type));
  return together(job.stages.finish(), rest.stages.finish());
}

}  // namespace lvm::plan::convert
