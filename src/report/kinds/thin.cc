// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/kinds/thin.h"

#include "base/units.h"
#include "report/kinds/support.h"

namespace lvm::report::kinds {
namespace {

using model::Role;
using model::Thin;
using model::ThinPool;

const Thin& thin(const Row& row) { return *body_of<Thin>(row); }
const ThinPool* pool_of(const Row& row, LvId id) {
  const model::Lv* lv = row.source->lv(id);
  return lv == nullptr ? nullptr : body_of<ThinPool>(*lv);
}
const dm::ThinStatus* good_status(const Row& row) {
  const auto* found = status_of<dm::ThinStatus>(row);
  return found != nullptr && !found->failed ? found : nullptr;
}

bool merges_into(const Row& row) { return count_users(row, Role::thin_merge_origin) != 0; }

// The mapped sectors and all of them, in whole chunks.
std::pair<std::uint64_t, std::uint64_t> mapped(const Row& row, const dm::ThinStatus& status) {
  const ThinPool* pool = pool_of(row, thin(row).pool);
  const auto size = row.vg().size_of(lv_of(row).extents()).n;
  return {status.mapped, round_up(size, pool == nullptr ? 1 : pool->chunk_size.n)};
}

LvId any_thin_origin(const Row& row) {
  const Thin& self = thin(row);
  return self.origin ? self.origin : self.external_origin;
}

}  // namespace

Letter thin_type(const Row& row) {
  if (merges_into(row)) return {'O', TypeRank::thin};
  return {thin(row).merge ? 'S' : 'V', TypeRank::thin};
}

char thin_zeroes(const Row& row) {
  const ThinPool* pool = pool_of(row, thin(row).pool);
  return pool != nullptr && pool->zero_new_blocks ? 'z' : '-';
}

char thin_health(const Row& row) {
  const auto* found = status_of<dm::ThinStatus>(row);
  return found != nullptr && found->failed ? 'F' : '-';
}

std::string_view thin_health_text(const Row& row) { return thin_health(row) == 'F' ? "failed" : std::string_view(); }

void thin_layout(const Row&, Value& out) {
  out.add_item("thin");
  out.add_item("sparse");
}

void thin_roles(const Row& row, Value& out) {
  if (!any_thin_origin(row)) return;
  out.add_item("snapshot");
  out.add_item("thinsnapshot");
}

void thin_head(const Row& row, std::string& out) {
  const Thin& self = thin(row);
  line(out, "LV Pool name           {}", plain_name(row, self.pool));
  if (self.origin) line(out, "LV Thin origin name    {}", plain_name(row, self.origin));
  if (self.external_origin) line(out, "LV External origin name {}", plain_name(row, self.external_origin));
  for (const LvUser& use : row.source->users(*row.lv))
    if (use.role == Role::thin_merge_origin) line(out, "LV merged with         {}", user_of(row, use).lv->name);
  if (self.merge) line(out, "LV merging to          {}", plain_name(row, self.merge));
}

void thin_size(const Row& row, std::string& out) {
  const auto* found = good_status(row);
  if (found == nullptr) return;
  const auto [part, whole] = mapped(row, *found);
  line(out, "Mapped size            {}%", share_text(part, whole));
}

void thin_map(const Row&, const model::Segment& segment, std::string& out) {
  line(out, "  Device ID\t\t{}", std::get<Thin>(segment.body).device_id);
}

Letter thin_part_type(const Row&, const LvUser& use) {
  if (use.role == Role::external_origin) return {'o', TypeRank::origin};
  return {};
}

Letter thin_part_target(const Row&, const LvUser&) { return {}; }

void thin_part_roles(const Row& row, const LvUser& use, Value& out) {
  if (!first_of_role(row, use)) return;
  if (use.role == Role::thin_origin) {
    out.add_item("origin");
    out.add_item("thinorigin");
    if (count_users(row, use.role) > 1) out.add_item("multithinorigin");
  } else if (use.role == Role::external_origin) {
    out.add_item("origin");
    out.add_item("extthinorigin");
    if (count_users(row, use.role) > 1) out.add_item("multiextthinorigin");
  }
}

void thin_origin(const Row& row, Value& out) { set_name(row, any_thin_origin(row), out); }
void thin_origin_uuid(const Row& row, Value& out) { set_uuid(any_thin_origin(row), out); }

void thin_origin_size(const Row& row, Value& out) {
  const model::Lv* lv = thin(row).external_origin ? row.source->lv(thin(row).external_origin) : nullptr;
  if (lv == nullptr)
    out.set_word("", 0);
  else
    out.set_size(row.vg().size_of(lv->extents()));
}

void thin_merging(const Row& row, Value& out) { out.set_flag(static_cast<bool>(thin(row).merge)); }
void thin_pool_lv(const Row& row, Value& out) { set_name(row, thin(row).pool, out); }
void thin_pool_uuid(const Row& row, Value& out) { set_uuid(thin(row).pool, out); }

void thin_data_percent(const Row& row, Value& out) {
  const auto* found = good_status(row);
  if (found == nullptr) return;
  const auto [part, whole] = mapped(row, *found);
  set_share(out, part, whole);
}

void thin_zero(const Row& row, Value& out) {
  const ThinPool* pool = pool_of(row, segment_body<Thin>(row)->pool);
  if (pool == nullptr)
    out.set_undefined();
  else
    out.set_flag(pool->zero_new_blocks);
}

// An origin that waits, inactive, to be merged with comes back as its snapshot.
static const Thin& as_activated(const Row& row) {
  if (row.lv->live == nullptr)
    for (const LvUser& use : row.source->users(*row.lv))
      if (use.role == Role::thin_merge_origin)
        if (const Thin* merged = body_of<Thin>(*user_of(row, use).lv)) return *merged;
  return *segment_body<Thin>(row);
}
void thin_transaction(const Row& row, Value& out) { out.set_number(as_activated(row).transaction_id); }
void thin_id(const Row& row, Value& out) { out.set_number(as_activated(row).device_id); }

}  // namespace lvm::report::kinds
