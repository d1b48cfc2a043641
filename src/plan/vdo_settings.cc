// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/vdo_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>

namespace lvm::plan {
namespace {

using model::VdoPool;

// A row per setting, in the order in which they are looked at.
struct Row {
  std::string_view key;    // in the configuration, behind "allocation/"
  std::string_view words;  // in messages
  std::uint32_t VdoPool::* number = nullptr;
  bool VdoPool::* flag = nullptr;
  std::uint32_t least = 0, most = 1;
  bool for_ever = false;  // the data is formatted for it
};
constexpr std::uint32_t kMiBInTiB = 1U << 20, kMost = 0xffffffff;
constexpr Row kRows[] = {
    {.key = "vdo_use_compression", .words = "compression", .flag = &VdoPool::use_compression},
    {.key = "vdo_use_deduplication", .words = "deduplication", .flag = &VdoPool::use_deduplication},
    {.key = "vdo_use_metadata_hints",
     .words = "metadata hints",
     .flag = &VdoPool::use_metadata_hints,
     .for_ever = true},
    {.key = "vdo_minimum_io_size",
     .words = "minimum io size",
     .number = &VdoPool::minimum_io_size,
     .least = 512,
     .most = 4096,
     .for_ever = true},
    {.key = "vdo_block_map_cache_size_mb",
     .words = "block map cache size",
     .number = &VdoPool::block_map_cache_size_mb,
     .least = 128,
     .most = 16 * kMiBInTiB - 1},
    {.key = "vdo_block_map_era_length",
     .words = "block map era length",
     .number = &VdoPool::block_map_era_length,
     .least = 1,
     .most = 16380},
    {.key = "vdo_check_point_frequency", .words = "check point frequency", .most = kMost, .for_ever = true},
    {.key = "vdo_use_sparse_index", .words = "sparse index", .flag = &VdoPool::use_sparse_index, .for_ever = true},
    {.key = "vdo_index_memory_size_mb",
     .words = "index memory size",
     .number = &VdoPool::index_memory_size_mb,
     .least = 256,
     .most = kMiBInTiB,
     .for_ever = true},
    {.key = "vdo_slab_size_mb",
     .words = "slab size",
     .number = &VdoPool::slab_size_mb,
     .least = 128,
     .most = 32768,
     .for_ever = true},
    {.key = "vdo_ack_threads", .words = "ack threads", .number = &VdoPool::ack_threads, .most = 100},
    {.key = "vdo_bio_threads", .words = "bio threads", .number = &VdoPool::bio_threads, .least = 1, .most = 100},
    {.key = "vdo_bio_rotation", .words = "bio rotation", .number = &VdoPool::bio_rotation, .least = 1, .most = 1024},
    {.key = "vdo_cpu_threads", .words = "cpu threads", .number = &VdoPool::cpu_threads, .least = 1, .most = 100},
    {.key = "vdo_hash_zone_threads", .words = "hash zone threads", .number = &VdoPool::hash_zone_threads, .most = 100},
    {.key = "vdo_logical_threads", .words = "logical threads", .number = &VdoPool::logical_threads, .most = 100},
    {.key = "vdo_physical_threads", .words = "physical threads", .number = &VdoPool::physical_threads, .most = 16},
    {.key = "vdo_max_discard", .words = "max discard", .number = &VdoPool::max_discard, .least = 1, .most = kMost},
    {.key = "vdo_write_policy", .words = "write policy"},
};
constexpr std::string_view kPolicies[] = {"auto", "sync", "async", "async-unsafe"};

bool is_policy(const Row& row) { return row.key == "vdo_write_policy"; }
bool is_frequency(const Row& row) { return row.key == "vdo_check_point_frequency"; }

// Prefixes and underscores may be left out, and letters may be of any size.
std::string bare(std::string_view key) {
  std::string out;
  for (char c : key)
    if (c != '_') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (out.starts_with("vdo")) out.erase(0, 3);
  if (out.starts_with("use")) out.erase(0, 3);
  return out;
}

const Row* find_row(std::string_view key) {
  std::string wanted = bare(key);
  // An older name of it.
  if (wanted == "blockmapperiod") wanted = "blockmaperalength";
  for (const Row& row : kRows)
    if (bare(row.key) == wanted) return &row;
  return nullptr;
}

std::optional<std::uint32_t> number_of(std::string_view text) {
  std::uint32_t out = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

Result<> check_policy(std::string_view policy) {
  if (std::ranges::find(kPolicies, policy) != std::end(kPolicies)) return {};
  return fail(Code::usage, fmt::format("Unknown VDO write policy {}.", policy));
}

// "auto" is what is meant when the text says nothing.
void set_policy(std::string_view policy, VdoPool& pool) { pool.write_policy = policy == "auto" ? "" : policy; }

Result<> set(const Row& row, std::string_view text, VdoSettings& out) {
  if (is_policy(row)) {
    TRY(check_policy(text));
    set_policy(text, out.pool);
    return {};
  }
  auto value = number_of(text);
  if (!value) return fail(Code::usage, fmt::format("Invalid argument for VDO setting \"{}\".", row.key));
  // Given by hand it counts sectors.
  constexpr std::uint32_t kSector = 512;
  if (row.number == &VdoPool::minimum_io_size) *value = *value * kSector;
  if (is_frequency(row)) out.check_point_frequency = *value;
  if (row.number) out.pool.*row.number = *value;
  if (row.flag) out.pool.*row.flag = *value != 0;
  return {};
}

Result<> apply(const VdoOptions& options, VdoSettings& out) {
  for (const auto& [key, value] : options.settings) {
    const Row* row = find_row(key);
    if (!row) return fail(Code::usage, fmt::format("Unknown VDO setting \"{}\".", key));
    TRY(set(*row, value, out));
  }
  if (options.compression) out.pool.use_compression = *options.compression;
  if (options.deduplication) out.pool.use_deduplication = *options.deduplication;
  return {};
}

Result<> check_ranges(const VdoPool& pool) {
  constexpr std::uint32_t kSmall = 512, kUsual = 4096, kSector = 512;
  if (pool.minimum_io_size != kSmall && pool.minimum_io_size != kUsual)
    return fail(Code::refused, fmt::format("VDO minimum io size {} is unsupported.", pool.minimum_io_size / kSector));
  for (const Row& row : kRows) {
    if (!row.number) continue;
    std::uint32_t value = pool.*row.number;
    if (value < row.least || value > row.most)
      return fail(Code::refused, fmt::format("VDO {} {} out of range.", row.words, value));
  }
  bool none = pool.hash_zone_threads == 0 && pool.logical_threads == 0 && pool.physical_threads == 0;
  bool all = pool.hash_zone_threads != 0 && pool.logical_threads != 0 && pool.physical_threads != 0;
  if (none || all) return {};
  return fail(Code::refused, fmt::format("Value of vdo_hash_zone_threads({}), vdo_logical_threads({}), "
                                         "vdo_physical_threads({}) must be all zero or all non-zero.",
                                         pool.hash_zone_threads, pool.logical_threads, pool.physical_threads));
}

}  // namespace

Result<> check_vdo_options(const VdoOptions& options) {
  VdoSettings ignored;
  return apply(options, ignored);
}

Result<VdoSettings> new_vdo_settings(const config::Config& config, const VdoOptions& options) {
  VdoSettings out;
  auto number = [&](config::Key key) { return static_cast<std::uint32_t>(config.integer(key)); };
  VdoPool& pool = out.pool;
  constexpr std::uint64_t kSectorsInKiB = 2;
  pool.header_size =
      Sectors(static_cast<std::uint64_t>(config.integer("allocation/vdo_pool_header_size")) * kSectorsInKiB);
  pool.use_compression = config.flag("allocation/vdo_use_compression");
  pool.use_deduplication = config.flag("allocation/vdo_use_deduplication");
  pool.use_metadata_hints = config.flag("allocation/vdo_use_metadata_hints");
  pool.use_sparse_index = config.flag("allocation/vdo_use_sparse_index");
  pool.minimum_io_size = number("allocation/vdo_minimum_io_size");
  pool.block_map_cache_size_mb = number("allocation/vdo_block_map_cache_size_mb");
  pool.block_map_era_length = number("allocation/vdo_block_map_period");
  pool.index_memory_size_mb = number("allocation/vdo_index_memory_size_mb");
  pool.slab_size_mb = number("allocation/vdo_slab_size_mb");
  pool.ack_threads = number("allocation/vdo_ack_threads");
  pool.bio_threads = number("allocation/vdo_bio_threads");
  pool.bio_rotation = number("allocation/vdo_bio_rotation");
  pool.cpu_threads = number("allocation/vdo_cpu_threads");
  pool.hash_zone_threads = number("allocation/vdo_hash_zone_threads");
  pool.logical_threads = number("allocation/vdo_logical_threads");
  pool.physical_threads = number("allocation/vdo_physical_threads");
  pool.max_discard = number("allocation/vdo_max_discard");
  out.check_point_frequency = number("allocation/vdo_check_point_frequency");
  std::string policy = config.string("allocation/vdo_write_policy");
  TRY(check_policy(policy));
  set_policy(policy, pool);
  TRY(apply(options, out));
  TRY(check_ranges(pool));
  return out;
}

Result<> change_vdo_settings(const VdoOptions& options, const std::string& name, bool live, VdoPool& pool) {
  VdoSettings changed{pool, 0};
  if (auto applied = apply(options, changed); !applied) return fail(Code::refused, applied.error().message());
  for (const Row& row : kRows) {
    auto given = std::ranges::find_if(options.settings, [&](const auto& pair) { return find_row(pair.first) == &row; });
    if (given == options.settings.end() || !row.for_ever) continue;
    return fail(Code::refused, fmt::format("Cannot change VDO setting \"{}\" in existing VDO pool.", row.key));
  }
  TRY(check_ranges(changed.pool));
  VdoPool switched = pool;
  switched.use_compression = changed.pool.use_compression;
  switched.use_deduplication = changed.pool.use_deduplication;
  if (live && switched != changed.pool)
    return fail(Code::refused, fmt::format("Cannot change VDO settings for active VDO pool {0}.\n"
                                           "VDO pool {0} with all its LVs needs to be deactivated.",
                                           name));
  pool = std::move(changed.pool);
  return {};
}

step::RunProgram format_vdo(const Context& context, const VdoSettings& settings, std::optional<Sectors> logical,
                            const std::string& vg, const std::string& pool) {
  step::RunProgram out;
  out.words = {context.config.string("global/vdo_format_executable")};
  for (std::string& word : context.config.strings("global/vdo_format_options"))
    if (!word.empty()) out.words.push_back(std::move(word));
  constexpr std::uint64_t kSectorsInKiB = 2;
  if (logical) out.words.push_back(fmt::format("--logical-size={}K", logical->n / kSectorsInKiB));
  // A slab has 2^bits blocks of 4 KiB.
  constexpr std::uint32_t kBlockBitsOfMiB = 8;
  out.words.push_back(fmt::format("--slab-bits={}", std::bit_width(settings.pool.slab_size_mb) - 1 + kBlockBitsOfMiB));
  if (settings.check_point_frequency != 0)
    out.words.push_back(fmt::format("--uds-checkpoint-frequency={}", settings.check_point_frequency));
  // In GiB; below that there are quarters.
  constexpr std::uint32_t kGiB = 1024;
  constexpr std::string_view kQuarters[] = {"0.25", "0.25", "0.50", "0.75"};
  std::uint32_t memory = settings.pool.index_memory_size_mb;
  out.words.push_back(memory < kGiB ? fmt::format("--uds-memory-size={}", kQuarters[memory / (kGiB / 4)])
                                    : fmt::format("--uds-memory-size={}", memory / kGiB));
  if (settings.pool.use_sparse_index) out.words.emplace_back("--uds-sparse");
  out.words.push_back(fmt::format("/dev/{}/{}", vg, pool));
  return out;
}

Result<std::uint64_t> blocks_of_format(const std::string& output, const std::string& name) {
  constexpr std::string_view kWords = "Logical blocks defaulted to ";
  std::size_t at = output.find(kWords);
  std::uint64_t out = 0;
  if (at != std::string::npos) {
    const char* begin = output.data() + at + kWords.size();
    if (std::from_chars(begin, output.data() + output.size(), out).ec == std::errc() && out > 0) return out;
  }
  return fail(Code::io, fmt::format("vdoformat did not say how many logical blocks VDO pool {} has. Give its size with "
                                    "--virtualsize.",
                                    name));
}

}  // namespace lvm::plan
