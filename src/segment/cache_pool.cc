// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "segment/cache_settings.h"
#include "segment/rows.h"

// Data and metadata of a cache, in use or waiting for an origin.
namespace lvm::segment {
namespace {

using model::CachePool;
using model::SegmentBody;

constexpr std::array<std::string_view, 7> kKeys = {"data",     "metadata", kMetadataFormat, kChunkSize,
                                                   kCacheMode, kPolicy,    kPolicySettings};

Result<SegmentBody> read(const syntax::Node& section, const Names& names) {
  CachePool pool;
  Keys keys(section, names);
  keys.lv(kKeys[0], pool.data, Presence::needed);
  keys.lv(kKeys[1], pool.metadata, Presence::needed);
  TRY(read_cache_settings(section, keys, pool.settings));
  TRY(keys.done());
  return pool;
}

void write(const SegmentBody& body, syntax::Printer& out, const Names& names) {
  const auto& pool = std::get<CachePool>(body);
  out.string(kKeys[0], names.lv_name(pool.data));
  out.string(kKeys[1], names.lv_name(pool.metadata));
  write_cache_settings(pool.settings, out);
}

Result<dm::Target> target(const model::Lv& lv, const model::Segment&, Sectors, const Devices&) {
  return fail(Code::unsupported, fmt::format("Cache pool {} is activated with the volume that it caches.", lv.name));
}

}  // namespace

constexpr Kind cache_pool_kind = {
    .name = "cache-pool",
    .module = "cache",
    .is_virtual = false,
    .read = read,
    .keys = kKeys,
    .write = write,
    .areas = row_areas,
    .area_length = row_area_length,
    .check = row_check,
    .target = target,
};
static_assert(is_complete<CachePool>(cache_pool_kind));

}  // namespace lvm::segment
