// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/resize_parts.h"

#include <fmt/format.h>

#include <algorithm>

namespace lvm::plan {
namespace {

using model::Lv;
using model::Relation;
using model::Relations;
using model::Vg;

// The part that is as long as the LV; none for a volume with extents of its own, and for thin volumes.
LvId same_length_part(const Lv& lv) {
  if (lv.segments.size() != 1) return {};
  LvId out;
  model::for_each_reference(lv.segments.front().body, [&](const model::Reference& reference) {
    if (model::row_of(reference.role).same_length && reference.bond() == model::Bond::part) out = reference.lv;
  });
  return out;
}

}  // namespace

LvId resized_part(const Vg& vg, LvId lv) {
  for (LvId part = same_length_part(*vg.find_lv(lv)); part; part = same_length_part(*vg.find_lv(lv))) lv = part;
  return lv;
}

LvId pool_metadata(const Lv& lv) {
  if (const auto* pool = lv.as<model::ThinPool>()) return pool->metadata;
  if (const auto* pool = lv.as<model::CachePool>()) return pool->metadata;
  return {};
}

void spread_size(Vg& vg, LvId part) {
  for (bool again = true; again;) {
    again = false;
    Extents extents = vg.find_lv(part)->extents();
    for (Lv& lv : vg.lvs) {
      if (same_length_part(lv) != part) continue;
      lv.segments.front().count = extents;
      part = lv.id;
      again = true;
      break;
    }
  }
}

const Lv& face_of_part(const Relations& relations, LvId part) {
  const Vg& vg = relations.vg();
  std::uint32_t at = relations.position(part);
  for (const Relation* up = relations.part_of(at); up && model::row_of(up->role).same_length;
       up = relations.part_of(at))
    at = up->user;
  return vg.lvs[at];
}

Extents least_growth(const Relations& relations, const Lv& part) {
  const Vg& vg = relations.vg();
  const Relation* up = relations.part_of(relations.position(part.id));
  const auto* pool = up && up->role == model::Role::vdo_pool_data ? vg.lvs[up->user].as<model::VdoPool>() : nullptr;
  if (!pool) return {};
  constexpr Bytes kMiB(1 << 20), kLeast(kMiB.n * 128 + kMiB.n / 8);
  return to_extents_ceil(to_sectors_ceil(std::max(kLeast, Bytes(pool->slab_size_mb * kMiB.n))), vg.extent_size);
}

Result<> check_part(const Relations& relations, const Lv& named, const Lv& part, bool smaller) {
  const Vg& vg = relations.vg();
  for (const Relation& relation : relations.users(relations.position(named.id)))
    if (relation.role == model::Role::external_origin)
      return fail(Code::refused,
                  fmt::format("Cannot resize external origin logical volume {}/{}.", vg.name, named.name));
  const Relation* up = relations.part_of(relations.position(part.id));
  bool pool_part = up && (up->role == model::Role::thin_pool_data || up->role == model::Role::thin_pool_metadata);
  bool vdo_part = up && up->role == model::Role::vdo_pool_data;
  if (smaller && vdo_part)
    return fail(Code::refused, fmt::format("Cannot reduce VDO pool data volume {}/{}.", vg.name, part.name));
  if (smaller && pool_part)
    return fail(Code::refused,
                fmt::format("Thin pool volumes {}/{} cannot be reduced in size yet.", vg.name, part.name));
  bool cached = up && up->role == model::Role::cache_origin;
  if (named.visible() || pool_part || vdo_part || cached) return {};
  return fail(Code::refused, fmt::format("Can't resize internal logical volume {}/{}.", vg.name, named.name));
}

}  // namespace lvm::plan
