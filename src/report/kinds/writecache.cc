// SPDX-License-Identifier: LGPL-2.1-or-later
#include <optional>

#include "report/kinds/cache.h"
#include "report/kinds/support.h"

namespace lvm::report::kinds {
namespace {

using dm::WritecacheStatus;
using model::Role;
using model::Writecache;
using model::WritecacheSettings;

const Writecache& cache(const Row& row) { return *body_of<Writecache>(row); }
const WritecacheStatus* status(const Row& row) { return status_of<WritecacheStatus>(row); }

void number(const Row& row, std::uint64_t WritecacheStatus::* member, Value& out) {
  if (const auto* found = status(row)) out.set_number(found->*member);
}

struct Setting {
  std::string_view key;
  std::optional<std::uint64_t> WritecacheSettings::* member;
};
constexpr Setting kSettings[] = {{"high_watermark", &WritecacheSettings::high_watermark},
                                 {"low_watermark", &WritecacheSettings::low_watermark},
                                 {"writeback_jobs", &WritecacheSettings::writeback_jobs},
                                 {"autocommit_blocks", &WritecacheSettings::autocommit_blocks},
                                 {"autocommit_time", &WritecacheSettings::autocommit_time},
                                 {"fua", &WritecacheSettings::fua},
                                 {"nofua", &WritecacheSettings::nofua},
                                 {"cleaner", &WritecacheSettings::cleaner},
                                 {"max_age", &WritecacheSettings::max_age},
                                 {"metadata_only", &WritecacheSettings::metadata_only},
                                 {"pause_writeback", &WritecacheSettings::pause_writeback}};

}  // namespace

Letter writecache_type(const Row&) { return {'C', TypeRank::cache}; }

char writecache_health(const Row& row) {
  const auto* found = status(row);
  return found != nullptr && found->error != 0 ? 'E' : '-';
}
std::string_view writecache_health_text(const Row& row) {
  return writecache_health(row) == 'E' ? "error" : std::string_view();
}

void writecache_layout(const Row&, Value& out) { out.add_item("writecache"); }

Letter writecache_part_type(const Row&, const LvUser& use) {
  if (use.role == Role::writecache_origin) return {'o', TypeRank::store};
  return {'C', TypeRank::cache};
}
Letter writecache_part_target(const Row&, const LvUser&) { return {'C', TargetRank::cache}; }

void writecache_part_roles(const Row&, const LvUser& use, Value& out) {
  if (use.role != Role::writecache_origin) return;
  out.add_item("writecache");
  out.add_item("origin");
  out.add_item("writecacheorigin");
}

void writecache_map(const Row&, const model::Segment&, std::string&) {}

void writecache_origin(const Row& row, Value& out) { set_name(row, cache(row).origin, out); }
void writecache_origin_uuid(const Row& row, Value& out) { set_uuid(cache(row).origin, out); }
void writecache_pool(const Row& row, Value& out) { set_name(row, cache(row).cache, out); }
void writecache_pool_uuid(const Row& row, Value& out) { set_uuid(cache(row).cache, out); }

void writecache_data_percent(const Row& row, Value& out) {
  const auto* found = status(row);
  if (found != nullptr && found->free <= found->total) set_share(out, found->total - found->free, found->total);
}
void writecache_block_size(const Row& row, Value& out) { out.set_number(cache(row).block_size); }
void writecache_total(const Row& row, Value& out) { number(row, &WritecacheStatus::total, out); }
void writecache_free(const Row& row, Value& out) { number(row, &WritecacheStatus::free, out); }
void writecache_writeback(const Row& row, Value& out) { number(row, &WritecacheStatus::writeback, out); }
void writecache_error(const Row& row, Value& out) { number(row, &WritecacheStatus::error, out); }

void writecache_settings(const Row& row, Value& out) {
  out.start_list();
  const auto* found = segment_body<Writecache>(row);
  if (found == nullptr) return;
  auto& text = out.buffer();
  for (const auto& setting : kSettings) {
    const auto& value = found->settings.get().*setting.member;
    if (!value) continue;
    text += setting.key;
    text += '=';
    text += std::to_string(*value);
    out.end_item();
  }
  if (found->settings->other_key.empty()) return;
  text += found->settings->other_key;
  text += '=';
  text += found->settings->other_value;
  out.end_item();
}

}  // namespace lvm::report::kinds
