// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/kinds/cache.h"

#include "base/size_units.h"
#include "report/kinds/support.h"

namespace lvm::report::kinds {
namespace {

using dm::CacheStatus;
using model::Cache;
using model::CachePool;
using model::CacheSettings;
using model::Role;

// The status of a cached volume; of a pool, that of the volume it caches.
const CacheStatus* status(const Row& row) {
  if (const auto* own = status_of<CacheStatus>(row)) return own;
  for (const LvUser& use : row.source->users(*row.lv))
    if (use.role == Role::cache_pool) return status_of<CacheStatus>(row, user_of(row, use));
  return nullptr;
}
const CacheStatus* good_status(const Row& row) {
  const auto* found = status(row);
  return found != nullptr && found->state == CacheStatus::State::good ? found : nullptr;
}

// What a cache pool is set to, or the cache of a volume of its own; of a volume cached by a pool, the pool's.
const CacheSettings* settings_of(const Row& row, const model::SegmentBody& body) {
  if (const auto* pool = std::get_if<CachePool>(&body)) return &pool->settings;
  const auto* cache = std::get_if<Cache>(&body);
  if (cache == nullptr) return nullptr;
  if (cache->volume) return &cache->volume->settings;
  const model::Lv* lv = row.source->lv(cache->cache);
  const CachePool* pool = lv == nullptr ? nullptr : body_of<CachePool>(*lv);
  return pool == nullptr ? nullptr : &pool->settings;
}
const CacheSettings* settings_of(const Row& row) {
  return row.segment == nullptr ? nullptr : settings_of(row, row.segment->body);
}

// Whether the LV caches something: what its text does not say is then what LVM takes in its place.
bool in_use(const Row& row) { return body_of<Cache>(row) != nullptr || count_users(row, Role::cache_pool) != 0; }
std::string_view mode_of(const Row& row, const CacheSettings& settings) {
  return settings.mode.empty() && in_use(row) ? std::string_view("writethrough") : std::string_view(settings.mode);
}
std::string_view policy_of(const Row& row, const CacheSettings& settings) {
  return settings.policy.empty() && in_use(row) ? std::string_view("mq") : std::string_view(settings.policy);
}
std::uint32_t format_of(const Row& row, const CacheSettings& settings) {
  return settings.metadata_format == 0 && in_use(row) ? 1 : settings.metadata_format;
}

void number(const Row& row, std::uint64_t CacheStatus::* member, Value& out) {
  if (const auto* found = good_status(row)) out.set_number(found->*member);
}

void add_pair(Value& out, std::string_view key, std::string_view value) {
  auto& text = out.buffer();
  text += key;
  text += '=';
  text += value;
  out.end_item();
}

}  // namespace

Letter cache_type(const Row&) { return {'C', TypeRank::cache}; }
Letter cache_target(const Row&) { return {'C', TargetRank::cache}; }

char cache_health(const Row& row) {
  const auto* found = status(row);
  if (found == nullptr) return '-';
  if (found->state == CacheStatus::State::failed) return 'F';
  if (found->state != CacheStatus::State::good) return 'X';
  return found->read_only ? 'M' : '-';
}

std::string_view cache_health_text(const Row& row) {
  switch (cache_health(row)) {
    case 'F': return "failed";
    case 'M': return "metadata_read_only";
    default: return {};
  }
}

char cache_state(const Row& row) {
  const auto* found = good_status(row);
  if (found == nullptr || !found->needs_check) return '\0';
  return row.lv->live->info.suspended ? 'C' : 'c';
}

void cache_layout(const Row&, Value& out) { out.add_item("cache"); }
void cache_pool_layout(const Row&, Value& out) {
  out.add_item("cache");
  out.add_item("pool");
}

void cache_head(const Row& row, std::string& out) {
  // Not of an inactive volume: that is how the reference has it.
  if (row.lv->live == nullptr) return;
  const Cache& cache = *body_of<Cache>(row);
  line(out, "LV Cache pool name     {}", plain_name(row, cache.cache));
  line(out, "LV Cache origin name   {}", plain_name(row, cache.origin));
}

void cache_size(const Row& row, std::string& out) {
  const auto* found = good_status(row);
  if (found == nullptr) return;
  line(out, "Cache used blocks      {}%", share_text(found->data.used, found->data.total));
  line(out, "Cache metadata blocks  {}%", share_text(found->metadata.used, found->metadata.total));
  line(out, "Cache dirty blocks     {}%", found->dirty == 0 ? "0.00" : share_text(found->dirty, found->data.used));
  line(out, "Cache read hits/misses {} / {}", found->read_hits, found->read_misses);
  line(out, "Cache wrt hits/misses  {} / {}", found->write_hits, found->write_misses);
  line(out, "Cache demotions        {}", found->demotions);
  line(out, "Cache promotions       {}", found->promotions);
}

void cache_pool_head(const Row& row, std::string& out) {
  const CachePool& pool = *body_of<CachePool>(row);
  line(out, "LV Pool metadata       {}", plain_name(row, pool.metadata));
  line(out, "LV Pool data           {}", plain_name(row, pool.data));
}

void cache_pool_map(const Row& row, const model::Segment& segment, std::string& out) {
  const CacheSettings* settings = settings_of(row, segment.body);
  if (settings == nullptr) return;
  line(out, "  Chunk size\t\t{}", row.common().settings->units.long_text(settings->chunk_size));
  // A pool that caches nothing yet may leave these to the time when it does.
  if (settings->metadata_format != 0) line(out, "  Metadata format\t{}", settings->metadata_format);
  if (const auto mode = mode_of(row, *settings); !mode.empty()) line(out, "  Mode\t\t{}", mode);
  if (const auto policy = policy_of(row, *settings); !policy.empty()) line(out, "  Policy\t\t{}", policy);
  for (const auto& [key, value] : settings->policy_settings) line(out, "    Setting\t\t{}={}", key, value);
}

void cache_map(const Row& row, const model::Segment& segment, std::string& out) { cache_pool_map(row, segment, out); }

Letter cache_part_type(const Row&, const LvUser& use) {
  if (use.role == Role::cache_origin) return {'o', TypeRank::store};
  return {'C', TypeRank::cache};
}
Letter cache_part_target(const Row&, const LvUser&) { return {'C', TargetRank::cache}; }

void cache_part_head(const Row& row, const LvUser& use, std::string& out) {
  if (use.role == Role::cache_origin) line(out, "LV origin of Cache LV  {}", user_of(row, use).lv->name);
}

void cache_part_roles(const Row&, const LvUser& use, Value& out) {
  if (use.role != Role::cache_origin) return;
  out.add_item("cache");
  out.add_item("origin");
  out.add_item("cacheorigin");
}

Letter cache_pool_part_type(const Row&, const LvUser& use) {
  if (use.role == Role::cache_pool_metadata) return {'e', TypeRank::metadata};
  return {'C', TypeRank::cache};
}

void cache_pool_part_roles(const Row&, const LvUser& use, Value& out) {
  out.add_item("cache");
  out.add_item("pool");
  out.add_item(use.role == Role::cache_pool_metadata ? "metadata" : "data");
}

void cache_metadata_size(const Row& row, Value& out) {
  if (const Cache* cache = body_of<Cache>(row)) {
    if (cache->volume) out.set_size(cache->volume->metadata_length);
    return;
  }
  if (const model::Lv* lv = row.source->lv(body_of<CachePool>(row)->metadata))
    out.set_size(row.vg().size_of(lv->extents()));
}
void cache_data_lv(const Row& row, Value& out) { set_name(row, body_of<CachePool>(row)->data, out); }
void cache_data_uuid(const Row& row, Value& out) { set_uuid(body_of<CachePool>(row)->data, out); }
void cache_metadata_lv(const Row& row, Value& out) { set_name(row, body_of<CachePool>(row)->metadata, out); }
void cache_metadata_uuid(const Row& row, Value& out) { set_uuid(body_of<CachePool>(row)->metadata, out); }
void cache_origin(const Row& row, Value& out) { set_name(row, body_of<Cache>(row)->origin, out); }
void cache_origin_uuid(const Row& row, Value& out) { set_uuid(body_of<Cache>(row)->origin, out); }
void cache_pool_lv(const Row& row, Value& out) { set_name(row, body_of<Cache>(row)->cache, out); }
void cache_pool_uuid(const Row& row, Value& out) { set_uuid(body_of<Cache>(row)->cache, out); }

void cache_data_percent(const Row& row, Value& out) {
  if (const auto* found = good_status(row)) set_share(out, found->data.used, found->data.total);
}
void cache_metadata_percent(const Row& row, Value& out) {
  if (const auto* found = good_status(row)) set_share(out, found->metadata.used, found->metadata.total);
}
void cache_copy_percent(const Row& row, Value& out) {
  const auto* found = good_status(row);
  if (found == nullptr) return;
  if (found->dirty == 0)
    out.set_number(0);
  else
    set_share(out, found->dirty, found->data.used);
}

void cache_total(const Row& row, Value& out) {
  if (const auto* found = good_status(row)) out.set_number(found->data.total);
}
void cache_used(const Row& row, Value& out) {
  if (const auto* found = good_status(row)) out.set_number(found->data.used);
}
void cache_dirty(const Row& row, Value& out) { number(row, &CacheStatus::dirty, out); }
void cache_read_hits(const Row& row, Value& out) { number(row, &CacheStatus::read_hits, out); }
void cache_read_misses(const Row& row, Value& out) { number(row, &CacheStatus::read_misses, out); }
void cache_write_hits(const Row& row, Value& out) { number(row, &CacheStatus::write_hits, out); }
void cache_write_misses(const Row& row, Value& out) { number(row, &CacheStatus::write_misses, out); }

void cache_kernel_settings(const Row& row, Value& out) {
  out.start_list();
  const auto* found = good_status(row);
  if (found == nullptr) return;
  for (const auto& [key, value] : found->core_settings) add_pair(out, key, value);
  for (const auto& [key, value] : found->policy_settings) add_pair(out, key, value);
}
void cache_kernel_policy(const Row& row, Value& out) {
  if (const auto* found = good_status(row)) out.set_text(found->policy);
}
void cache_kernel_format(const Row& row, Value& out) {
  if (const auto* found = good_status(row)) out.set_number(found->has_feature("metadata2") ? 2 : 1);
}
void cache_kernel_discards(const Row& row, Value& out) {
  const auto* found = good_status(row);
  if (found != nullptr && found->has_feature("no_discard_passdown")) out.set_text("nopassdown");
}
void cache_check_needed(const Row& row, Value& out) {
  if (const auto* found = good_status(row))
    out.set_flag(found->needs_check);
  else
    out.set_undefined();
}

void cache_chunk(const Row& row, Value& out) {
  const CacheSettings* settings = settings_of(row);
  out.set_size(settings == nullptr ? Sectors() : settings->chunk_size);
}
void cache_format(const Row& row, Value& out) {
  const CacheSettings* settings = settings_of(row);
  if (settings == nullptr) return;
  if (const auto format = format_of(row, *settings); format != 0) out.set_number(format);
}
void cache_mode(const Row& row, Value& out) {
  if (const CacheSettings* settings = settings_of(row)) out.set_text(mode_of(row, *settings));
}
void cache_policy(const Row& row, Value& out) {
  if (const CacheSettings* settings = settings_of(row)) out.set_text(policy_of(row, *settings));
}
void cache_settings(const Row& row, Value& out) {
  out.start_list();
  const CacheSettings* settings = settings_of(row);
  if (settings == nullptr) return;
  for (const auto& [key, value] : settings->policy_settings) add_pair(out, key, value);
}

}  // namespace lvm::report::kinds
