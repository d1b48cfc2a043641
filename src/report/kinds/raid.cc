// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/kinds/raid.h"

#include <algorithm>

#include "base/size_units.h"
#include "model/usable.h"
#include "report/kinds/plain.h"
#include "report/kinds/support.h"
#include "segment/kind.h"

namespace lvm::report::kinds {
namespace {

using dm::RaidStatus;
using model::LvFlag;
using model::Raid;
using model::RaidType;
using model::Role;

const RaidStatus* status(const Row& row) { return status_of<RaidStatus>(row); }

// Of the set that this image belongs to.
const RaidStatus* status_above(const Row& row, const LvUser& use) {
  return status_of<RaidStatus>(row, user_of(row, use));
}

// Up, but with a table of another target: a refresh brings the set's own.
bool other_table(const Row& row, const LvEntry& lv) {
  const world::LiveDevice* below = row.source->layer(lv, "real");
  const world::LiveDevice* live = below == nullptr ? lv.live : below;
  return live != nullptr && !live->status.empty() &&
         std::ranges::find(live->status, "raid", &dm::Status::type) == live->status.end();
}

bool failed(const RaidStatus& raid) { return raid.health.find('D') != std::string::npos; }

bool failed_image(const Row& row, const LvUser& use) {
  const RaidStatus* raid = status_above(row, use);
  if (raid == nullptr) return other_table(row, user_of(row, use));
  return use.index < raid->health.size() && raid->health[use.index] == 'D';
}

bool is_raid0(const Raid& raid) { return raid.type == RaidType::raid0 || raid.type == RaidType::raid0_meta; }

// raid0 and raid1 have nothing that a reshape could change.
bool reshapes(const Raid& raid) { return !is_raid0(raid) && raid.type != RaidType::raid1; }

// The integrity layer of an image.
const model::Integrity* integrity_of(const Row& row, const model::Area& area) {
  const auto* image = std::get_if<model::LvArea>(&area);
  const model::Lv* lv = image == nullptr ? nullptr : row.source->lv(image->lv);
  return lv == nullptr ? nullptr : body_of<model::Integrity>(*lv);
}

const model::Integrity* any_integrity(const Row& row) {
  const Raid* raid = body_of<Raid>(row);
  if (raid == nullptr) return nullptr;
  for (const auto& area : raid->areas)
    if (const auto* integrity = integrity_of(row, area)) return integrity;
  return nullptr;
}

void set_rate(std::uint32_t rate, Value& out) {
  if (rate != 0) out.set_number(rate);
}

}  // namespace

Letter raid_type(const Row& row) { return {lv_of(row).flags.has(LvFlag::not_synced) ? 'R' : 'r', TypeRank::raid}; }

Letter raid_target(const Row&) { return {'r', TargetRank::raid}; }

char raid_health(const Row& row) {
  const RaidStatus* raid = status(row);
  if (raid == nullptr) return other_table(row, *row.lv) ? 'r' : '-';
  if (failed(*raid)) return 'r';
  if (raid->mismatches != 0) return 'm';
  if (raid->action == "reshape") return 's';
  return model::freed_images(row.vg(), *body_of<Raid>(row)) != 0 ? 'R' : '-';
}

std::string_view raid_health_text(const Row& row) {
  switch (raid_health(row)) {
    case 'r': return "refresh needed";
    case 'm': return "mismatches exist";
    default: return {};
  }
}

namespace {

void add_level(const Raid& raid, Value& out) {
  out.add_item("raid");
  // "raid5_la" is a "raid5" too.
  const auto name = raid.row().name;
  const auto level = name.substr(0, name.find('_'));
  if (raid.type == RaidType::raid0_meta) return;
  if (raid.type == RaidType::raid10_near) {
    out.add_item("raid10");
    return;
  }
  out.add_item(level);
  // As in LVM2, no layout that is only a stop on the way between levels: parity behind the data, a raid5 and one more
  // image.
  if (name.ends_with("_n") || name.ends_with("_6")) return;
  if (level == "raid5" || level == "raid6") out.add_item(name == level ? raid.row().kernel_name : name);
}

}  // namespace

void raid_layout(const Row& row, Value& out) {
  add_level(*body_of<Raid>(row), out);
  if (lv_of(row).flags.has(model::LvFlag::cache_vol)) cache_volume_layout(row, out);
}

void raid_display(const Row& row, std::string& out) {
  const Raid& raid = *body_of<Raid>(row);
  if (raid.row().mirrored) line(out, "Mirrored volumes       {}", raid.areas.size());
}

void raid_map(const Row& row, const model::Segment& segment, std::string& out) {
  const Raid& raid = std::get<Raid>(segment.body);
  // LVM counts the extents of a raid10 image as those of the whole.
  const bool whole = raid.row().striped && raid.row().mirrored;
  const Extents length = whole ? segment.count : segment::area_length(segment);
  line(out, "  Monitoring\t\t");
  for (std::size_t i = 0; i < raid.areas.size(); ++i) {
    const auto* image = std::get_if<model::LvArea>(&raid.areas[i]);
    line(out, "  Raid Data LV {}", i);
    line(out, "    Logical volume\t{}", image == nullptr ? std::string_view() : plain_name(row, image->lv));
    line(out, "    Logical extents\t0 to {}", length.n - 1);
  }
  for (std::size_t i = 0; i < raid.metadata.size(); ++i)
    line(out, "  Raid Metadata LV {}\t{}", i, plain_name(row, raid.metadata[i]));
}

Letter raid_part_type(const Row& row, const LvUser& use) {
  if (use.role == Role::raid_metadata) return {'e', TypeRank::metadata};
  if (use.role != Role::raid_image) return {};
  const RaidStatus* raid = status_above(row, use);
  const bool synced =
      !lv_of(row).visible() && raid != nullptr && use.index < raid->health.size() && raid->health[use.index] == 'A';
  return {synced ? 'i' : 'I', TypeRank::image};
}

Letter raid_part_target(const Row&, const LvUser& use) {
  if (use.role == Role::raid_image || use.role == Role::raid_metadata) return {'r', TargetRank::raid};
  return {};
}

char raid_part_health(const Row& row, const LvUser& use) {
  if (failed_image(row, use)) return 'r';
  if (lv_of(row).flags.has(LvFlag::write_mostly)) return 'w';
  return lv_of(row).flags.has(LvFlag::remove_after_reshape) ? 'R' : '-';
}

std::string_view raid_part_health_text(const Row& row, const LvUser& use) {
  switch (raid_part_health(row, use)) {
    case 'r': return "refresh needed";
    case 'w': return "writemostly";
    default: return {};
  }
}

void raid_part_roles(const Row&, const LvUser& use, Value& out) {
  out.add_item("raid");
  out.add_item(use.role == Role::raid_metadata ? "metadata" : "image");
}

void raid_initial_sync(const Row& row, Value& out) { out.set_flag(!lv_of(row).flags.has(LvFlag::not_synced)); }

void raid_copy_percent(const Row& row, Value& out) {
  const RaidStatus* raid = status(row);
  if (raid == nullptr || is_raid0(*body_of<Raid>(row))) return;
  auto part = raid->in_sync.used;
  // The kernel counts to the end before it calls the image in sync.
  const auto not_yet = static_cast<std::size_t>(std::ranges::count(raid->health, 'a'));
  const bool some =
      not_yet > model::freed_images(row.vg(), *body_of<Raid>(row)) && raid->health.find('A') != std::string::npos;
  if (some && part == raid->in_sync.total && part != 0 && (raid->action == "recover" || raid->action == "idle")) --part;
  set_share(out, part, raid->in_sync.total);
}

void raid_mismatches(const Row& row, Value& out) {
  if (const RaidStatus* raid = status(row)) out.set_number(raid->mismatches);
}

void raid_action(const Row& row, Value& out) {
  if (const RaidStatus* raid = status(row)) out.set_text(raid->action);
}

void raid_write_behind(const Row& row, Value& out) { set_rate(body_of<Raid>(row)->writebehind, out); }
void raid_min_rate(const Row& row, Value& out) { set_rate(body_of<Raid>(row)->min_recovery_rate, out); }
void raid_max_rate(const Row& row, Value& out) { set_rate(body_of<Raid>(row)->max_recovery_rate, out); }

void raid_integrity_mode(const Row& row, Value& out) {
  if (const auto* integrity = any_integrity(row)) out.set_text(integrity->mode == "B" ? "bitmap" : "journal");
}

void raid_integrity_block(const Row& row, Value& out) {
  const auto* integrity = any_integrity(row);
  if (integrity == nullptr)
    out.set_signed(-1);
  else
    out.set_number(integrity->block_size);
}

void raid_integrity_mismatches(const Row& row, Value& out) {
  bool known = false;
  std::uint64_t sum = 0;
  for (const LvUser& use : row.source->uses_at(row.lv->position)) {
    if (use.role != Role::raid_image) continue;
    const auto* integrity = status_in<dm::IntegrityStatus>(row.source->lvs()[use.used].live);
    if (integrity == nullptr) continue;
    known = true;
    sum += integrity->mismatches;
  }
  if (known) out.set_number(sum);
}

void raid_data_stripes(const Row& row, Value& out) {
  const Raid& raid = *segment_body<Raid>(row);
  out.set_number(raid.type == RaidType::raid1 ? raid.areas.size()
                                              : raid.data_stripes() - model::freed_images(row.vg(), raid));
}

void raid_copies(const Row& row, Value& out) {
  const Raid& raid = *segment_body<Raid>(row);
  out.set_number(raid.row().mirrored ? raid.copies() : raid.row().parity + 1);
}

void raid_parity(const Row& row, Value& out) {
  const Raid& raid = *segment_body<Raid>(row);
  const auto parity = raid.row().mirrored ? raid.copies() - 1 : raid.row().parity;
  if (parity != 0) out.set_number(parity);
}

void raid_region(const Row& row, Value& out) { out.set_size(segment_body<Raid>(row)->region_size); }

void raid_stripe_size(const Row& row, Value& out) { out.set_size(segment_body<Raid>(row)->stripe_size); }

namespace {
// The set that a segment is, or whose image its LV is, when it can be reshaped; null otherwise. Of an image in several
// segments the first one speaks.
const LvEntry* reshapable_set(const Row& row) {
  if (row.segment == nullptr || row.segment->start) return nullptr;
  if (const Raid* raid = segment_body<Raid>(row)) return reshapes(*raid) ? row.lv : nullptr;
  for (const LvUser& use : row.source->users(*row.lv)) {
    if (use.role != Role::raid_image) continue;
    const LvEntry& set = user_of(row, use);
    const Raid* raid = body_of<Raid>(*set.lv);
    return raid != nullptr && reshapes(*raid) ? &set : nullptr;
  }
  return nullptr;
}
}  // namespace

namespace {
// Of a set: that of all its images.
Extents reshape_space(const Row& row) {
  const Raid* raid = segment_body<Raid>(row);
  return row.segment->reshape_extents * (raid == nullptr ? 1 : raid->areas.size());
}
}  // namespace

void any_reshape_size(const Row& row, Value& out) {
  if (reshapable_set(row) != nullptr) out.set_size(row.vg().size_of(reshape_space(row)));
}

void any_reshape_extents(const Row& row, Value& out) {
  if (reshapable_set(row) != nullptr) out.set_number(reshape_space(row).n);
}

void any_data_offset(const Row& row, Value& out) {
  const LvEntry* set = reshapable_set(row);
  const RaidStatus* raid = set == nullptr ? nullptr : status_of<RaidStatus>(row, *set);
  if (raid != nullptr && raid->data_offset) out.set_number(*raid->data_offset);
}

void raid_metadata_devices(const Row& row, Value& out) {
  out.start_list();
  auto& text = out.buffer();
  for (const LvId& id : segment_body<Raid>(row)->metadata) {
    text += plain_name(row, id);
    text += "(0)";
    out.end_item();
  }
}

void raid_metadata_ranges(const Row& row, Value& out) {
  out.start_list();
  auto& text = out.buffer();
  for (const LvId& id : segment_body<Raid>(row)->metadata) {
    const model::Lv* lv = row.source->lv(id);
    if (lv == nullptr) continue;
    const bool marked = row.common().settings->mark_hidden && !lv->visible();
    if (marked) text += '[';
    text += lv->name;
    if (marked) text += ']';
    text += ":0-";
    append_number(text, lv->extents().n == 0 ? 0 : lv->extents().n - 1);
    out.end_item();
  }
}

void image_synced(const Row& row, Value& out) {
  bool synced = false;
  for (const LvUser& use : row.source->users(*row.lv)) {
    if (use.role == Role::raid_image) synced = raid_part_type(row, use).letter == 'i';
    if (use.role == Role::mirror_image) {
      const auto* mirror = status_of<dm::MirrorStatus>(row, user_of(row, use));
      synced = mirror != nullptr && mirror->in_sync.used == mirror->in_sync.total && mirror->in_sync.total != 0;
    }
  }
  out.set_flag(synced);
}

}  // namespace lvm::report::kinds
