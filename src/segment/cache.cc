// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "dm/text.h"
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
  if (keys.find(kKeys[8]).exists()) TRY(read_volume(section, keys, cache.volume.edit()));
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

// Chunks that may be on their way at once: the kernel's 2048 sectors, but no less than 8 chunks.
void add_migration_threshold(Sectors chunk, dm::CacheTarget& target) {
  constexpr std::uint64_t kUsual = 2048, kLeastChunks = 8;
  constexpr std::string_view kKey = "migration_threshold";
  auto& settings = target.settings;
  auto set = std::ranges::find(settings, kKey, &std::pair<std::string, std::string>::first);
  std::uint64_t wanted = kUsual;
  if (set != settings.end()) {
    if (auto number = dm::parse_number(set->second)) wanted = *number;
    settings.erase(set);
  }
  wanted = std::max(wanted, chunk.n * kLeastChunks);
  if (wanted != kUsual) settings.insert(settings.begin(), {std::string(kKey), fmt::format("{}", wanted)});
}

void apply_settings(const model::CacheSettings& settings, bool cleaner, dm::CacheTarget& target) {
  constexpr std::string_view kCleaner = "cleaner", kDefaultMode = "writethrough", kDefaultPolicy = "mq";
  constexpr std::uint32_t kNewFormat = 2;
  target.chunk = settings.chunk_size;
  target.metadata2 = settings.metadata_format == kNewFormat;
  target.policy = cleaner ? kCleaner : settings.policy.empty() ? kDefaultPolicy : settings.policy;
  bool cleans = target.policy == kCleaner;
  target.mode = cleans || settings.mode.empty() ? kDefaultMode : settings.mode;
  if (cleaner) return;
  for (const auto& [key, value] : settings.policy_settings) {
    std::string_view word = value;
    if (word.size() >= 2 && word.starts_with('"')) word = word.substr(1, word.size() - 2);
    target.settings.emplace_back(key, word);
  }
  add_migration_threshold(settings.chunk_size, target);
}

std::vector<Slice> slices(const model::Segment& segment) {
  const auto& cache = std::get<Cache>(segment.body);
  if (!cache.volume) return {};
  const CacheVolume& volume = *cache.volume;
  return {
      {cache.cache, "cdata", volume.data_start, volume.data_length, model::Role::cache_pool_data},
      {cache.cache, "cmeta", volume.metadata_start, volume.metadata_length, model::Role::cache_pool_metadata},
  };
}

Result<dm::Target> target(const model::Lv& lv, const model::Segment& segment, Sectors start, const Devices& devices) {
  const auto& cache = std::get<Cache>(segment.body);
  dm::Target out = frame(segment, start, devices);
  dm::CacheTarget target;
  LvId metadata = cache.cache, data = cache.cache;
  const model::CacheSettings* settings = cache.volume ? &cache.volume->settings : nullptr;
  const model::Lv* pool_lv = devices.find_lv(cache.cache);
  if (const auto* pool = pool_lv ? pool_lv->as<model::CachePool>() : nullptr; pool && !settings) {
    settings = &pool->settings;
    metadata = pool->metadata;
    data = pool->data;
  }
  if (!settings)
    return fail(Code::corrupt, fmt::format("Logical volume {}/{} is cached by {}, which is no cache pool.",
                                           devices.vg().name, lv.name, pool_lv ? pool_lv->name : "nothing"));
  TRY(store(target.metadata, devices.lv_device(metadata, model::Role::cache_pool_metadata)));
  TRY(store(target.cache, devices.lv_device(data, model::Role::cache_pool_data)));
  TRY(store(target.origin, devices.lv_device(cache.origin, model::Role::cache_origin)));
  apply_settings(*settings, cache.cleaner, target);
  // LVM calls it so over cache volumes; to the kernel the two are one.
  if (cache.volume && target.policy == "smq") target.policy = "mq";
  out.body = std::move(target);
  return out;
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
    .target = target,
    .slices = slices,
};
static_assert(is_complete<Cache>(cache_kind));

}  // namespace lvm::segment
