// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/size_units.h"
#include "report/kinds/support.h"
#include "report/kinds/thin.h"

namespace lvm::report::kinds {
namespace {

using dm::ThinPoolStatus;
using model::Role;
using model::ThinPool;

const ThinPool& pool(const Row& row) { return *body_of<ThinPool>(row); }
const ThinPoolStatus* status(const Row& row) { return status_in<ThinPoolStatus>(row.lv->status); }
const ThinPoolStatus* good_status(const Row& row) {
  const auto* found = status(row);
  return found != nullptr && found->state == ThinPoolStatus::State::good ? found : nullptr;
}

std::string_view discards_word(model::Discards discards) {
  switch (discards) {
    case model::Discards::ignore: return "ignore";
    case model::Discards::nopassdown: return "nopassdown";
    case model::Discards::passdown: break;
  }
  return "passdown";
}

std::size_t thin_volumes(const Row& row) { return count_users(row, Role::thin_pool); }

}  // namespace

Letter thin_pool_type(const Row&) { return {'t', TypeRank::pool}; }
Letter thin_target(const Row&) { return {'t', TargetRank::thin}; }
char thin_pool_zeroes(const Row& row) { return pool(row).zero_new_blocks ? 'z' : '-'; }

char thin_pool_health(const Row& row) {
  const auto* found = status(row);
  if (found == nullptr) return '-';
  if (found->state == ThinPoolStatus::State::failed) return 'F';
  if (found->state != ThinPoolStatus::State::good) return 'X';
  if (found->mode == ThinPoolStatus::Mode::out_of_data_space) return 'D';
  return found->mode == ThinPoolStatus::Mode::read_only ? 'M' : '-';
}

std::string_view thin_pool_health_text(const Row& row) {
  switch (thin_pool_health(row)) {
    case 'F': return "failed";
    case 'D': return "out_of_data";
    case 'M': return "metadata_read_only";
    default: return {};
  }
}

char thin_pool_state(const Row& row) {
  const auto* found = good_status(row);
  if (found == nullptr || !found->needs_check) return '\0';
  return row.lv->status->info.suspended ? 'C' : 'c';
}

Letter thin_pool_part_type(const Row&, const LvUser& use) {
  if (use.role == Role::thin_pool_metadata) return {'e', TypeRank::metadata};
  if (use.role == Role::thin_pool_data) return {'T', TypeRank::pool};
  return {};
}

void thin_pool_part_roles(const Row&, const LvUser& use, Value& out) {
  if (use.role != Role::thin_pool_metadata && use.role != Role::thin_pool_data) return;
  out.add_item("thin");
  out.add_item("pool");
  out.add_item(use.role == Role::thin_pool_metadata ? "metadata" : "data");
}

void thin_pool_layout(const Row&, Value& out) {
  out.add_item("thin");
  out.add_item("pool");
}

void thin_pool_head(const Row& row, std::string& out) {
  line(out, "LV Pool metadata       {}", plain_name(row, pool(row).metadata));
  line(out, "LV Pool data           {}", plain_name(row, pool(row).data));
}

void thin_pool_size(const Row& row, std::string& out) {
  const auto* found = good_status(row);
  if (found == nullptr) return;
  line(out, "Allocated pool data    {}%", share_text(found->data.used, found->data.total));
  line(out, "Allocated metadata     {}%", share_text(found->metadata.used, found->metadata.total));
}

void thin_pool_map(const Row& row, const model::Segment& segment, std::string& out) {
  const ThinPool& thin_pool = std::get<ThinPool>(segment.body);
  line(out, "  Monitoring\t\t");
  line(out, "  Chunk size\t\t{}", row.common().settings->units.long_text(thin_pool.chunk_size));
  line(out, "  Discards\t\t{}", discards_word(thin_pool.discards));
  line(out, "  Thin count\t\t{}", thin_volumes(row));
  line(out, "  Transaction ID\t{}", thin_pool.transaction_id);
  line(out, "  Zero new blocks\t{}", thin_pool.zero_new_blocks ? "yes" : "no");
}

void pool_when_full(const Row& row, Value& out) {
  out.set_text(lv_of(row).flags.has(model::LvFlag::error_when_full) ? "error" : "queue");
}

void pool_metadata_size(const Row& row, Value& out) {
  if (const model::Lv* lv = row.source->lv(pool(row).metadata)) out.set_size(row.vg().size_of(lv->extents()));
}
void pool_data_lv(const Row& row, Value& out) { set_name(row, pool(row).data, out); }
void pool_data_uuid(const Row& row, Value& out) { set_uuid(pool(row).data, out); }
void pool_metadata_lv(const Row& row, Value& out) { set_name(row, pool(row).metadata, out); }
void pool_metadata_uuid(const Row& row, Value& out) { set_uuid(pool(row).metadata, out); }

void pool_data_percent(const Row& row, Value& out) {
  if (const auto* found = good_status(row)) set_share(out, found->data.used, found->data.total);
}
void pool_metadata_percent(const Row& row, Value& out) {
  if (const auto* found = good_status(row)) set_share(out, found->metadata.used, found->metadata.total);
}

void pool_kernel_discards(const Row& row, Value& out) {
  const auto* found = good_status(row);
  if (found == nullptr) return;
  switch (found->discards) {
    case ThinPoolStatus::Discards::ignore: out.set_text("ignore"); break;
    case ThinPoolStatus::Discards::no_passdown: out.set_text("nopassdown"); break;
    case ThinPoolStatus::Discards::passdown: out.set_text("passdown"); break;
  }
}

void pool_check_needed(const Row& row, Value& out) {
  if (const auto* found = good_status(row))
    out.set_flag(found->needs_check);
  else
    out.set_undefined();
}

// Of the layer that is asked for its status none is reported.
void pool_kernel_read_ahead(const Row& row, Value& out) {
  if (row.lv->live == nullptr || !row.lv->live->read_ahead)
    out.set_word("-1", kUndefined);
  else
    out.set_size(row.common().layers ? Sectors(0) : *row.lv->live->read_ahead);
}

void pool_chunk(const Row& row, Value& out) { out.set_size(segment_body<ThinPool>(row)->chunk_size); }
void pool_thin_count(const Row& row, Value& out) { out.set_number(thin_volumes(row)); }
void pool_discards(const Row& row, Value& out) { out.set_text(discards_word(segment_body<ThinPool>(row)->discards)); }
void pool_zero(const Row& row, Value& out) { out.set_flag(segment_body<ThinPool>(row)->zero_new_blocks); }
void pool_transaction(const Row& row, Value& out) { out.set_number(segment_body<ThinPool>(row)->transaction_id); }

void thin_discards(const Row& row, Value& out) {
  const model::Lv* lv = row.source->lv(segment_body<model::Thin>(row)->pool);
  const ThinPool* below = lv == nullptr ? nullptr : body_of<ThinPool>(*lv);
  if (below != nullptr) out.set_text(discards_word(below->discards));
}

}  // namespace lvm::report::kinds
