// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/takeover.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/usable.h"
#include "plan/convert/in_sync.h"
#include "plan/convert/parts.h"
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
}

// Parts that go leave their extents at once: to the volume, or to nobody.
std::vector<LvId> give_up(Vg& vg, const std::vector<LvId>& parts) {
  for (LvId id : parts) {
    hollow(*vg.find_lv(id));
    extract(vg, id);
  }
  return parts;
}

Result<> leave(Job& job, Vg vg, const std::vector<LvId>& parts) {
  give_up(vg, parts);
  Vg after = vg;
  TRY(job.stages.change(std::move(vg), job.lv.id));
  take_down(job.stages, parts);
  erase(after, parts);
  job.stages.add(std::move(after), {}, {});
  return {};
}

Result<> to_raid0_meta(Job& job, Vg vg, Raid body) {
  std::vector<LvId> metadata;
  for (std::uint32_t i = 0; i < body.areas.size(); ++i) {
    const Lv image = *vg.find_lv(std::get<LvArea>(body.areas[i]).lv);
    Lv part = TRY(place_metadata(job, vg, image, i, Extents(1)));
    metadata.push_back(part.id);
    add_for_clearing(vg, std::move(part));
  }
  TRY(clear_parts(job.stages, vg, metadata));
  for (LvId id : metadata) hide(vg, id);
  clear_rebuild(vg, metadata);
  body.type = RaidType::raid0_meta;
  body.metadata = metadata;
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
    if (type == "raid0_meta") set_body(vg, job.lv, body);
    if (type == "raid0_meta") return to_raid0_meta(job, std::move(vg), std::move(body));
    set_body(vg, job.lv, std::move(body));
    return job.stages.change(std::move(vg), job.lv.id);
  }
  return to_raid0_meta(job, std::move(vg), *raid);
}

// The level whose data images are those of a raid0, with parity (or copies) beside them.
const model::RaidTypeRow* level_above(const std::string& type) {
  for (RaidType level : {RaidType::raid4, RaidType::raid5_n, RaidType::raid6_n_6, RaidType::raid10})
    if (model::row_of(level).name == type) return &model::row_of(level);
  return nullptr;
}

// Adds parity images to a set of plain stripes, or a copy of each. Raid4 has its parity in front: images are numbered
// anew behind it. Raid10 has each copy beside its original, and the images keep their numbers.
Result<> add_parity(Job& job, const Layout& from, const model::RaidTypeRow& level) {
  Vg vg = job.vg();
  const auto* raid = job.lv.as<Raid>();
  bool parity_raid = raid && raid->row().parity > 0;
  Raid body = raid ? *raid : images_of_stripes(job, vg, from);
  Extents image_length = vg.find_lv(std::get<LvArea>(body.areas.front()).lv)->extents();
  Sectors region_size =
      parity_raid ? raid->region_size
                  : region_size_for(job.stages.context(), job.request.region_size, false, vg.size_of(job.lv.extents()));
  Extents length = raid_metadata_extents(vg, image_length, region_size);
  if (body.metadata.empty()) {
    for (std::uint32_t i = 0; i < body.areas.size(); ++i) {
      const Lv image = *vg.find_lv(std::get<LvArea>(body.areas[i]).lv);
      Lv part = TRY(place_metadata(job, vg, image, i, length));
      body.metadata.push_back(part.id);
      add_for_clearing(vg, std::move(part));
    }
    Raid plain = body;
    plain.metadata.clear();
    set_body(vg, job.lv, std::move(plain));
    TRY(clear_parts(job.stages, vg, body.metadata));
    for (LvId id : body.metadata) hide(vg, id);
    clear_rebuild(vg, body.metadata);
    body.type = RaidType::raid0_meta;
    set_body(vg, job.lv, body);
  }
  std::uint32_t more = level.mirrored ? from.stripes : level.parity - (parity_raid ? raid->row().parity : 0U);
  std::vector<NewImage> images =
      TRY(place_images(job, vg, static_cast<std::uint32_t>(body.areas.size()), more, image_length, length));
  auto [data, metadata] = TRY(add_cleared(job, vg, std::move(images)));
  bool in_front = level.type == RaidType::raid4;
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
  if (!in_front) return job.stages.change(std::move(vg), job.lv.id);
  // Names change places: by way of names that nobody has.
  Vg between = vg;
  for (const model::Reference& part : model::references(vg.find_lv(job.lv.id)->segments.front().body))
    between.find_lv(part.lv)->name += "_";
  TRY(job.stages.change(std::move(between), job.lv.id));
  number_images(vg, job.lv.id);
  return job.stages.change(std::move(vg), job.lv.id);
}

// Raid1 of two images and raid4 or raid5 of two hold the same.
Result<> change_level(Job& job, RaidType type, Sectors stripe_size) {
  Vg vg = job.vg();
  Raid& body = *vg.find_lv(job.lv.id)->as<Raid>();
  body.type = type;
  body.stripe_size = stripe_size;
  TRY(job.stages.change(vg, job.lv.id));
  job.stages.add(std::move(vg), {}, {});
  return {};
}

// Parity images go, or the copies of a raid10, and with them all metadata.
Result<> drop_parity(Job& job, const std::string& type) {
  const Raid& raid = *job.lv.as<Raid>();
  Vg vg = job.vg();
  Raid data{.type = RaidType::raid0, .stripe_size = raid.stripe_size};
  std::vector<LvId> leaving = raid.metadata, images;
  for (std::size_t i = 0; i < raid.areas.size(); ++i) {
    LvId image = std::get<LvArea>(raid.areas[i]).lv;
    bool stays = raid.row().mirrored ? i % raid.copies() == 0 : i < raid.areas.size() - raid.row().parity;
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
  Vg after = vg;
  TRY(job.stages.change(std::move(vg), job.lv.id));
  take_down(job.stages, leaving);
  erase(after, leaving);
  Raid& raid = *after.find_lv(job.lv.id)->as<Raid>();
  if (!raid.data_offset) {
    job.stages.add(std::move(after), {}, {});
    return {};
  }
  raid.data_offset.reset();
  return job.stages.change(std::move(after), job.lv.id);
}

bool is_plain(std::string_view type) { return type == "striped" || type == "raid0" || type == "raid0_meta"; }

std::unexpected<Error> not_yet(const Job& job, std::string_view from, std::string_view to) {
  return fail(Code::unsupported, fmt::format("Converting {} from {} to {} is not possible yet: nothing was changed.",
                                             job.name(), from, to));
}

// The layout of a raid5 without its number: "ls" of raid5 and raid5_ls; of a raid6 that is such a raid5 with one more
// image, likewise. Empty for others.
std::string_view layout_word(std::string_view type) {
  if (type == "raid5") return "ls";
  bool five = type.starts_with("raid5_"), six = type.starts_with("raid6_") && type.ends_with("_6");
  if (!five && !six) return {};
  type.remove_prefix(std::string_view("raid5_").size());
  if (six) type.remove_suffix(std::string_view("_6").size());
  return type;
}

// A step from which the rest of the way is open; the type itself when that is next.
std::string possible_type(std::string_view from, const std::string& type) {
  bool to_five = type.starts_with("raid5"), to_six = type.starts_with("raid6");
  std::string_view layout = layout_word(from);
  if (is_plain(from)) return to_five ? "raid5_n" : to_six ? "raid6_n_6" : type;
  if (from == "raid4") return to_five ? "raid5_n" : type;
  if (from.starts_with("raid5")) {
    if (to_six) return fmt::format("raid6_{}_6", layout);
    return to_five || layout == "n" || type == "raid1" ? type : "raid5_n";
  }
  if (!from.starts_with("raid6") || to_six) return type;
  if (to_five) return layout.empty() ? fmt::format("raid6_{}_6", layout_word(type)) : fmt::format("raid5_{}", layout);
  if (type == "raid1") return layout.empty() ? "raid6_ls_6" : type;
  return layout == "n" ? type : "raid6_n_6";
}

// What LVM does in place of what was asked, on the way to it.
std::string interim(const Job& job, std::string_view from, const std::string& type) {
  std::string instead = possible_type(from, type);
  if (instead == type) return type;
  const char* alias = type == "raid5"    ? " (same as raid5_ls)"
                      : type == "raid6"  ? " (same as raid6_zr)"
                      : type == "raid10" ? " (same as raid10_near)"
                                         : "";
  const Context& context = job.given;
  context.note(warn(fmt::format("Replaced LV type {}{} with possible type {}.", type, alias, instead)));
  context.note(
      warn(fmt::format("Repeat this command to convert to {} after an interim conversion has finished.", type)));
  return instead;
}

Result<> convert(Job& job, const std::string& from, const std::optional<Layout>& layout, const std::string& type) {
  const auto* raid = job.lv.as<Raid>();
  const model::RaidTypeRow* level = level_above(type);
  if (layout && layout->stripes > 1 && is_plain(type)) return convert_plain(job, *layout, type);
  if (layout && layout->stripes > 1 && level) return add_parity(job, *layout, *level);
  if (!raid) return not_yet(job, from, type);
  if (raid->row().kernel_name == "raid10" && (type == "striped" || type == "raid0")) {
    TRY(job.needs_sync(fmt::format("Unable to convert {} while it is not in-sync.", job.name())));
    return drop_parity(job, type);
  }
  bool pair = raid->areas.size() == 2;
  bool is_level_5 = raid->row().parity == 1;
  if (pair && raid->type == RaidType::raid1 && (type == "raid4" || type.starts_with("raid5"))) {
    TRY(job.needs_sync(fmt::format("Unable to convert {} while it is not in-sync.", job.name())));
    return change_level(job, model::find_raid_type(type)->type, Sectors(128));
  }
  // The one is the other with an image of the second parity behind it.
  bool same_rows = !layout_word(type).empty() && layout_word(from) == layout_word(type);
  if (is_level_5 && same_rows && type.starts_with("raid6") && raid->areas.size() > 3) {
    TRY(job.needs_sync(fmt::format("Unable to convert {} while it is not in-sync.", job.name())));
    return add_parity(job, {from, raid->data_stripes(), raid->stripe_size}, *model::find_raid_type(type));
  }
  if (raid->row().parity == 2 && same_rows && type.starts_with("raid5"))
    return drop_second_parity(job, *model::find_raid_type(type));
  bool parity_behind = raid->type == RaidType::raid5_n || raid->type == RaidType::raid6_n_6;
  if (parity_behind && raid->data_stripes() > 1 && (type == "striped" || type == "raid0"))
    return drop_parity(job, type);
  if (pair && is_level_5 && type == "raid1") return change_level(job, RaidType::raid1, Sectors());
  return not_yet(job, from, type);
}

// A raid5 of three images has not enough for a second parity.
Result<step::Plan> make_room_for_parity(const Context& context, const world::VgView& view, const Request& request) {
  Request wider = request;
  wider.stripes = 3;
  Job job(context, view, wider);
  context.note(warn(fmt::format("Converting {} LV {} to 4 stripes first.", job.lv.as<Raid>()->row().name, job.name())));
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
  auto front = TRY(with_data_in_front(job.vg(), id, raid_status(job.stages.world(), job.vg(), job.lv)));
  if (front) {
    front->find_lv(id)->flags.clear(LvFlag::reshape);
    TRY(job.stages.change(*std::move(front), id));
  }
  Vg out = job.stages.vg();
  drop_reshape_space(out, id);
  return out;
}

Result<> convert_job(Job& job, const std::string& from, const std::string& type) {
  job.ask(fmt::format("Are you sure you want to convert {} LV {} to {} type? [y/n]: ", from, job.name(), type),
          fmt::format("Logical volume {} NOT converted.", job.name()));
  TRY(convert(job, from, layout_of(job.lv), type));
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
  std::string from(segment::type_name(job.lv.segments.front()));
  std::optional<Layout> layout = layout_of(job.lv);
  if (type != "striped" && type != "raid1" && !request.stripe_size) job.note_default_stripe_size();
  const auto* raid = job.lv.as<Raid>();
  bool parity = raid && raid->row().parity != 0;
  if (from == type && !parity)
    return fail(Code::refused, fmt::format("Logical volume {} is already of requested type {}.", job.name(), type));
  if (layout && ((request.stripe_size && *request.stripe_size != layout->stripe_size) ||
                 (request.stripes && *request.stripes != layout->stripes)))
    return fail(Code::unsupported, fmt::format("Converting {} to other stripes is not possible yet.", job.name()));
  TRY(job.needs_active());
  if (parity && raid->row().parity == 1 && type.starts_with("raid6") && raid->areas.size() == 3)
    return make_room_for_parity(context, view, request);
  std::string wanted = interim(job, from, type);
  const model::RaidTypeRow* row = model::find_raid_type(wanted);
  if (parity && row && can_reshape(*raid, *row)) {
    TRY(reshape(job, row));
    job.say_converted();
    return job.stages.finish();
  }
  if (!raid || !reshape_space(job.lv)) {
    TRY(convert_job(job, from, wanted));
    return job.stages.finish();
  }
  world::VgView moved = view;
  moved.vg = std::make_shared<const Vg>(TRY(without_reshape_space(job, wanted)));
  Job rest(job.stages.context(), moved, request);
  TRY(convert_job(rest, from, wanted));
  return together(job.stages.finish(), rest.stages.finish());
}

}  // namespace lvm::plan::convert
