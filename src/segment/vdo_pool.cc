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
  out.number(kOwnKeys[1], pool.header_size.n);
  out.number(kOwnKeys[2], pool.virtual_extents.n);
  out.blank();
  for (const Flag& each : kFlags)
    if (pool.*each.value) out.number(each.key, 1);
  for (const Number& each : kFirst) out.number(each.key, pool.*each.value);
  if (pool.*kSparse.value) out.number(kSparse.key, 1);
  for (const Number& each : kSecond) out.number(each.key, pool.*each.value);
  if (!pool.write_policy.empty()) out.verbatim(fmt::format("{} = {}\n", kWritePolicy, pool.write_policy));
}

}  // namespace

constexpr Kind vdo_pool_kind = {
    .name = "vdo-pool",
    .module = "vdo",
    .is_virtual = false,
    .read = read,
    .keys = kKeys,
    .write = write,
    .areas = row_areas,
    .area_length = row_area_length,
    .check = row_check,
    .target = no_target_yet,
};
static_assert(is_complete<VdoPool>(vdo_pool_kind));

}  // namespace lvm::segment
