// SPDX-License-Identifier: LGPL-2.1-or-later
#include "segment/cache_settings.h"
#include "segment/rows.h"

// A cached LV: the origin, and a cache pool or a volume that holds the cache's metadata and data.
namespace lvm::segment {
namespace {

using model::Cache;
using model::CacheVolume;
using model::SegmentBody;

constexpr std::array<std::string_view, 14> kKeys = {
    "cache_pool",    "origin",         "cleaner",      kMetadataFormat, kChunkSize, kCacheMode,    kPolicy,
    kPolicySettings, "metadata_start", "metadata_len", "data_start",    "data_len", "metadata_id", "data_id"};

Result<> read_volume(const syntax::Node& section, Keys& keys, CacheVolume& volume) {
  TRY(read_cache_settings(section, keys, volume.settings));
  keys.number64(kKeys[8], volume.metadata_start, Presence::needed);
  keys.number64(kKeys[9], volume.metadata_length, Presence::needed);
  keys.number64(kKeys[10], volume.data_start, Presence::needed);
  keys.number64(kKeys[11], volume.data_length, Presence::needed);
  keys.word(kKeys[12], volume.metadata_id);
  keys.word(kKeys[13], volume.data_id);
  return {};
}

Result<SegmentBody> read(const syntax::Node& section, const Names& names) {
  Cache cache;
  Keys keys(section, names);
  keys.lv(kKeys[0], cache.cache, Presence::needed);
  keys.lv(kKeys[1], cache.origin, Presence::needed);
  keys.flag(kKeys[2], cache.cleaner);
  // Where it stands that the volume is split, it is one.
  if (keys.find(kKeys[8]).exists()) TRY(read_volume(section, keys, cache.volume.emplace()));
  TRY(keys.done());
  return cache;
}

void write(const SegmentBody& body, syntax::Printer& out, const Names& names) {
  const auto& cache = std::get<Cache>(body);
  out.string(kKeys[0], names.lv_name(cache.cache));
  out.string(kKeys[1], names.lv_name(cache.origin));
  if (cache.cleaner) out.number(kKeys[2], 1);
  if (!cache.volume) return;
  const CacheVolume& volume = *cache.volume;
  write_cache_settings(volume.settings, out);
  out.number(kKeys[8], volume.metadata_start.n);
  out.number(kKeys[9], volume.metadata_length.n);
  out.number(kKeys[10], volume.data_start.n);
  out.number(kKeys[11], volume.data_length.n);
  if (!volume.metadata_id.empty()) out.string(kKeys[12], volume.metadata_id);
  if (!volume.data_id.empty()) out.string(kKeys[13], volume.data_id);
}

}  // namespace

constexpr Kind cache_kind = {
    .name = "cache",
    .module = "cache",
    .is_virtual = false,
    .read = read,
    .keys = kKeys,
    .write = write,
    .areas = row_areas,
    .area_length = row_area_length,
    .check = row_check,
    .target = no_target_yet,
};
static_assert(is_complete<Cache>(cache_kind));

}  // namespace lvm::segment
