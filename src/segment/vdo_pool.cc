// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "segment/keys.h"
#include "segment/rows.h"

// Data that is stored once and compressed; VDO volumes are ranges of its virtual extents.
namespace lvm::segment {
namespace {

using model::SegmentBody;
using model::VdoPool;

constexpr std::array<std::string_view, 3> kOwnKeys = {"data", "header_size", "virtual_extents"};
constexpr std::string_view kWritePolicy = "write_policy";
constexpr std::uint64_t kSectorsInMb = 2048;

struct Flag {
  std::string_view key;
  bool VdoPool::* value;
};
struct Number {
  std::string_view key;
  std::uint32_t VdoPool::* value;
};
constexpr std::array kFlags = {Flag{"use_compression", &VdoPool::use_compression},
                               Flag{"use_deduplication", &VdoPool::use_deduplication},
                               Flag{"use_metadata_hints", &VdoPool::use_metadata_hints}};
constexpr Flag kSparse{"use_sparse_index", &VdoPool::use_sparse_index};
// In the order of the text; the sparse index stands between them.
constexpr std::array kFirst = {Number{"minimum_io_size", &VdoPool::minimum_io_size},
                               Number{"block_map_cache_size_mb", &VdoPool::block_map_cache_size_mb},
                               Number{"block_map_era_length", &VdoPool::block_map_era_length}};
constexpr std::array kSecond = {Number{"index_memory_size_mb", &VdoPool::index_memory_size_mb},
                                Number{"max_discard", &VdoPool::max_discard},
                                Number{"slab_size_mb", &VdoPool::slab_size_mb},
                                Number{"ack_threads", &VdoPool::ack_threads},
                                Number{"bio_threads", &VdoPool::bio_threads},
                                Number{"bio_rotation", &VdoPool::bio_rotation},
                                Number{"cpu_threads", &VdoPool::cpu_threads},
                                Number{"hash_zone_threads", &VdoPool::hash_zone_threads},
                                Number{"logical_threads", &VdoPool::logical_threads},
                                Number{"physical_threads", &VdoPool::physical_threads}};

constexpr auto kKeys = [] {
  std::array<std::string_view, kOwnKeys.size() + kFlags.size() + kFirst.size() + kSecond.size() + 2> keys;
  std::size_t count = 0;
  for (std::string_view key : kOwnKeys) keys[count++] = key;
  for (const Flag& each : kFlags) keys[count++] = each.key;
  for (const Number& each : kFirst) keys[count++] = each.key;
  for (const Number& each : kSecond) keys[count++] = each.key;
  keys[count++] = kSparse.key;
  keys[count++] = kWritePolicy;
  return keys;
}();

Result<SegmentBody> read(const syntax::Node& section, const Names& names) {
  VdoPool pool;
  Keys keys(section, names);
  keys.lv(kOwnKeys[0], pool.data, Presence::needed);
  keys.number64(kOwnKeys[1], pool.header_size, Presence::needed);
  keys.number64(kOwnKeys[2], pool.virtual_extents, Presence::needed);
  for (const Flag& each : kFlags) keys.flag(each.key, pool.*each.value);
  keys.flag(kSparse.key, pool.*kSparse.value);
  for (const Number& each : kFirst) keys.number(each.key, pool.*each.value);
  for (const Number& each : kSecond) keys.number(each.key, pool.*each.value);
  keys.word(kWritePolicy, pool.write_policy);
  TRY(keys.done());
  return pool;
}

void write(const SegmentBody& body, syntax::Printer& out, const Names& names) {
  const auto& pool = std::get<VdoPool>(body);
  out.string(kOwnKeys[0], names.lv_name(pool.data));
  out.number(kOwnKeys[1], pool.header_size.n, size_comment(out, pool.header_size));
  out.number(kOwnKeys[2], pool.virtual_extents.n,
             size_comment(out, to_sectors(pool.virtual_extents, names.extent_size())));
  out.blank();
  for (const Flag& each : kFlags)
    if (pool.*each.value) out.number(each.key, 1);
  auto write_number = [&](const Number& each) {
    std::uint64_t value = pool.*each.value;
    out.number(each.key, value, each.key.ends_with("_mb") ? size_comment(out, Sectors(value * kSectorsInMb)) : "");
  };
  for (const Number& each : kFirst) write_number(each);
  if (pool.*kSparse.value) out.number(kSparse.key, 1);
  for (const Number& each : kSecond) write_number(each);
  if (!pool.write_policy.empty()) out.verbatim(fmt::format("{} = {}\n", kWritePolicy, pool.write_policy));
}

Result<dm::Target> target(const model::Lv& lv, const model::Segment& segment, Sectors start, const Devices& devices) {
  const auto& pool = std::get<VdoPool>(segment.body);
  constexpr std::uint64_t kSectorsInBlock = 8, kBlocksInMb = 256;
  dm::Target out{start, to_sectors(pool.virtual_extents, devices.extent_size()) + pool.header_size * 2, {}};
  dm::VdoTarget target;
  TRY(store(target.data, devices.lv_device(pool.data, model::Role::vdo_pool_data)));
  target.blocks = to_sectors(segment.count, devices.extent_size()).n / kSectorsInBlock;
  target.minimum_io = pool.minimum_io_size;
  target.block_map_cache = pool.block_map_cache_size_mb * kBlocksInMb;
  target.block_map_era = pool.block_map_era_length;
  target.metadata_hints = pool.use_metadata_hints;
  target.write_policy = pool.write_policy.empty() ? "auto" : pool.write_policy;
  target.pool_name = dm::device_name(devices.vg().name, lv.name, "vpool");
  auto set = [&](std::string_view key, std::uint32_t value) {
    target.settings.emplace_back(key, fmt::format("{}", value));
  };
  set("maxDiscard", pool.max_discard);
  set("ack", pool.ack_threads);
  set("bio", pool.bio_threads);
  set("bioRotationInterval", pool.bio_rotation);
  set("cpu", pool.cpu_threads);
  set("hash", pool.hash_zone_threads);
  set("logical", pool.logical_threads);
  set("physical", pool.physical_threads);
  out.body = std::move(target);
  return out;
}

// The pool's own device shows its header only.
Sectors view_length(const model::Segment& segment) { return std::get<VdoPool>(segment.body).header_size; }

}  // namespace

constexpr Kind vdo_pool_kind = {
    .name = "vdo-pool",
    .module = "kvdo",
    .is_virtual = false,
    .read = read,
    .keys = kKeys,
    .write = write,
    .areas = row_areas,
    .area_length = row_area_length,
    .check = row_check,
    .target = target,
    .layer = "vpool",
    .view_length = view_length,
};
static_assert(is_complete<VdoPool>(vdo_pool_kind));

}  // namespace lvm::segment
