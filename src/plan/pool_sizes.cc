// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/pool_sizes.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "activate/profile.h"
#include "plan/volume_size.h"

namespace lvm::plan {
namespace {

constexpr Sectors kKiB{2}, kMiB{2048}, kGiB{2048 * 1024};

// --- thin -----------------------------------------------------------------------------------------
constexpr Sectors kSmallestThinChunk = kKiB * 64, kLargestChunk = kGiB;
constexpr Sectors kPerformanceChunk = kKiB * 512;
constexpr Sectors kSlowToZero = kKiB * 512;
constexpr Sectors kSmallestMetadata = kMiB * 2;
constexpr Sectors kEasyMetadata = kMiB * 128;  // chunks grow before metadata becomes larger
// 255 blocks of the kernel's space map, of 16384 - 64 blocks of 4 KiB each.
constexpr Sectors kLargestThinMetadata{std::uint64_t{255} * (16384 - 64) * 8};
// What older releases took for it.
constexpr Sectors kCroppedThinMetadata{std::uint64_t{255} * 16384 * 8 - 256 * 1024};
constexpr std::uint64_t kChunksPerSector = 8;  // of metadata: 64 bytes a chunk

// --- cache ----------------------------------------------------------------------------------------
constexpr Sectors kSmallestCacheChunk = kKiB * 32, kDefaultCacheChunk = kKiB * 64;
constexpr Bytes kCacheMetadataBase{4 << 20};
constexpr std::uint64_t kCacheChunkBytes = 44;
constexpr Sectors kLargestCacheMetadata = kGiB * 16;
constexpr std::uint64_t kDefaultMaxChunks = 1000000;

Result<> check_chunk(const Context& context, std::string_view kind, Sectors chunk, Sectors smallest) {
  std::string problems;
  if (chunk < smallest || chunk > kLargestChunk)
    problems = fmt::format("{} chunk size {} is not in the range {} to {}.", kind, context.size_text(chunk),
                           context.size_text(smallest), context.size_text(kLargestChunk));
  if (chunk.n % smallest.n != 0)
    problems += fmt::format("{}{} chunk size {} must be a multiple of {}.", problems.empty() ? "" : "\n", kind,
                            context.size_text(chunk), context.size_text(smallest));
  if (!problems.empty()) return fail(Code::usage, problems);
  return {};
}

std::uint64_t chunks(Sectors data, Sectors chunk) { return (data.n + chunk.n - 1) / chunk.n; }

Sectors thin_metadata(Sectors data, Sectors chunk) {
  return Sectors((chunks(data, chunk) + kChunksPerSector - 1) / kChunksPerSector);
}

Sectors cache_metadata(Sectors data, Sectors chunk) {
  return to_sectors_ceil(kCacheMetadataBase + Bytes(chunks(data, chunk) * kCacheChunkBytes));
}

// The user's or the configuration's; none: it is chosen.
std::optional<Sectors> given_chunk(const config::Config& config, const PoolOptions& options, config::Key key) {
  if (options.chunk_size) return options.chunk_size;
  if (config.is_set(key)) return kKiB * static_cast<std::uint64_t>(config.integer(key));
  return std::nullopt;
}

// A chunk with which the metadata given describes all data.
Sectors thin_chunk_for(Sectors data, Sectors metadata) {
  std::uint64_t chunk = data.n / (metadata.n * kChunksPerSector);
  chunk = chunk > kMiB.n ? round_up(chunk, kMiB.n) : std::bit_ceil(std::max<std::uint64_t>(chunk, 1));
  return std::clamp(Sectors(chunk), kSmallestThinChunk, kLargestChunk);
}

bool is_fast(const config::Config& config) {
  return config.string("allocation/thin_pool_chunk_size_policy") == "performance";
}

Sectors thin_chunk(const config::Config& config, Sectors data) {
  Sectors chunk = is_fast(config) ? kPerformanceChunk : kSmallestThinChunk;
  while (thin_metadata(data, chunk) > kEasyMetadata && chunk < kLargestChunk) chunk = chunk * 2;
  return chunk;
}

// Metadata as asked for, within what is needed and what can be used. Both ends in whole extents.
Result<Extents> fit_metadata(const Context& context, const model::Vg& vg, std::optional<Bytes> given, Sectors needed,
                             Sectors largest) {
  Extents least = to_extents_ceil(needed, vg.extent_size), most = to_extents_ceil(largest, vg.extent_size);
  if (!given) return std::min(least, most);
  Extents wanted = TRY(extents_of_bytes(context, vg, *given));
  if (wanted < least) {
    context.note(print(fmt::format("Extending pool metadata size {} to required minimal size {}.",
                                   context.size_text(vg.size_of(wanted)), context.size_text(vg.size_of(least)))));
    return least;
  }
  if (vg.size_of(wanted) > largest) {
    context.note(print(fmt::format("Reducing pool metadata size {} to maximum usable size {}.",
                                   context.size_text(vg.size_of(wanted)), context.size_text(largest))));
    return most;
  }
  return wanted;
}

Result<PoolSizes> cache_sizes(const Context& context, const config::Config& config, const model::Vg& vg, Extents data,
                              const PoolOptions& options) {
  Sectors size = vg.size_of(data);
  std::uint64_t most = config.is_set("allocation/cache_pool_max_chunks")
                           ? static_cast<std::uint64_t>(config.integer("allocation/cache_pool_max_chunks"))
                           : kDefaultMaxChunks;
  PoolSizes out;
  auto given = given_cache_chunk(config, options);
  out.chunk = given.value_or(kDefaultCacheChunk);
  TRY(check_cache_chunk(context, out.chunk));
  Sectors least(std::bit_ceil(std::max<std::uint64_t>(size.n / most, 1)));
  if (out.chunk < least && chunks(size, out.chunk) > most) {
    if (given)
      return fail(Code::refused,
                  fmt::format("Chunk size {} is less than required minimal chunk size {} for a cache pool of {} size "
                              "and limit {} chunks.\nTo allow use of more chunks, see setting "
                              "allocation/cache_pool_max_chunks.",
                              context.size_text(out.chunk), context.size_text(least), context.size_text(size), most));
    context.note(print(fmt::format("Using {} chunk size instead of default {}, so cache pool has less than {} chunks.",
                                   context.size_text(least), context.size_text(out.chunk), most)));
    out.chunk = least;
  }
  out.metadata = TRY(fit_metadata(context, vg, options.metadata_size,
                                  std::max(kSmallestMetadata, cache_metadata(size, out.chunk)), kLargestCacheMetadata));
  return out;
}

}  // namespace

Result<> check_thin_chunk(const Context& context, Sectors chunk) {
  return check_chunk(context, "Thin pool", chunk, kSmallestThinChunk);
}
Result<> check_cache_chunk(const Context& context, Sectors chunk) {
  return check_chunk(context, "Cache", chunk, kSmallestCacheChunk);
}

std::optional<Sectors> given_cache_chunk(const config::Config& config, const PoolOptions& options) {
  return given_chunk(config, options, "allocation/cache_pool_chunk_size");
}

Sectors largest_thin_metadata(const config::Config& config) {
  return config.flag("allocation/thin_pool_crop_metadata") ? kCroppedThinMetadata : kLargestThinMetadata;
}

Result<PoolSizes> thin_pool_sizes(const Context& context, const model::Vg& vg, Extents data,
                                  const PoolOptions& options) {
  const config::Config& config = activate::settings_of(context.config, vg, nullptr);
  Sectors size = vg.size_of(data);
  PoolSizes out;
  if (auto chunk = given_chunk(config, options, "allocation/thin_pool_chunk_size"))
    out.chunk = *chunk;
  else if (options.metadata_size && options.metadata_size->n > 0)
    out.chunk = thin_chunk_for(size, std::max(to_sectors_ceil(*options.metadata_size), kSmallestMetadata));
  else
    out.chunk = thin_chunk(config, size);
  TRY(check_thin_chunk(context, out.chunk));
  Sectors needed =
      options.metadata_size ? kSmallestMetadata : std::max(kSmallestMetadata, thin_metadata(size, out.chunk));
  out.metadata = TRY(fit_metadata(context, vg, options.metadata_size, needed, largest_thin_metadata(context.config)));
  return out;
}

Sectors suited_thin_chunk(const Context& context, const model::Vg& vg, const model::Lv& data,
                          const PoolOptions& options, const BlockFacts& facts, Sectors chunk) {
  const config::Config& config = activate::settings_of(context.config, vg, nullptr);
  if (given_chunk(config, options, "allocation/thin_pool_chunk_size")) return chunk;
  Sectors suited = suitable_io_size(vg, data, facts, is_fast(config) ? IoSize::optimal : IoSize::minimum);
  return suited > chunk && check_thin_chunk(context, suited) ? suited : chunk;
}

Result<PoolSizes> cache_pool_sizes(const Context& context, const model::Vg& vg, Extents data,
                                   const PoolOptions& options) {
  return cache_sizes(context, activate::settings_of(context.config, vg, nullptr), vg, data, options);
}

Result<PoolSizes> cache_volume_sizes(const Context& context, const model::Vg& vg, const model::Lv& volume,
                                     const PoolOptions& options) {
  return cache_sizes(context, context.config.with_profile(*volume.profile), vg, volume.extents(), options);
}

Result<> announce_thin_pool(const Context& context, const model::Vg& vg, Extents data, Sectors chunk, bool zero) {
  Sectors reach(largest_thin_metadata(context.config).n * kChunksPerSector * chunk.n);
  context.note(print(fmt::format("Thin pool volume with chunk size {} can address at most {} of data.",
                                 context.size_text(chunk), context.size_text(reach))));
  if (zero && chunk >= kSlowToZero) {
    context.note(warn(fmt::format("WARNING: Pool zeroing and {} large chunk size slows down thin provisioning.",
                                  context.size_text(chunk))));
    context.note(warn(fmt::format("WARNING: Consider disabling zeroing (-Zn) or using smaller chunk size (<{}).",
                                  context.size_text(kSlowToZero))));
  }
  if (vg.size_of(data) < chunk)
    return fail(Code::refused, fmt::format("Size of thin-pool data volume cannot be smaller than chunk size {}.",
                                           context.size_text(chunk)));
  if (vg.size_of(data) > reach)
    return fail(Code::refused, fmt::format("Thin pool volume with chunk size {} cannot address {} of data.",
                                           context.size_text(chunk), context.size_text(vg.size_of(data))));
  return {};
}

}  // namespace lvm::plan
