// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/rare.h"
#include "model/area.h"

// Caches, integrity and VDO: layers on another LV.
namespace lvm::model {

// A setting of a policy: the value as it stands in the text (quoted when it is no number).
using CacheSetting = std::pair<std::string, std::string>;

// What a cache pool, or a cache on a volume of its own, is set to. Empty words are not stored: LVM then takes
// writethrough and the policy mq.
struct CacheSettings {
  std::uint32_t metadata_format = 0;  // 1 or 2; 0 = not stored, which is 1
  Sectors chunk_size;
  std::string mode;  // "writethrough", "writeback", "passthrough"
  std::string policy;
  std::vector<CacheSetting> policy_settings;
  friend bool operator==(const CacheSettings&, const CacheSettings&) = default;
};

struct CachePool {
  LvId data, metadata;
  CacheSettings settings;
  std::string problem(Extents count) const;
  template <class Self, class Visit>
  static void references(Self& self, Visit&& visit) {
    visit(Role::cache_pool_data, self.data);
    visit(Role::cache_pool_metadata, self.metadata);
  }
  friend bool operator==(const CachePool&, const CachePool&) = default;
};

// A cache whose metadata and data share one LV.
struct CacheVolume {
  CacheSettings settings;
  Sectors metadata_start, metadata_length, data_start, data_length;  // within the volume
  std::string metadata_id, data_id;                                  // ids of old versions, kept
  friend bool operator==(const CacheVolume&, const CacheVolume&) = default;
};

struct Cache {
  LvId cache;  // a cache pool, or with `volume` an LV with LvFlag::cache_vol
  LvId origin;
  bool cleaner = false;      // everything dirty is being written back
  Rare<CacheVolume> volume;  // when its metadata and data share one LV
  std::string problem(Extents count) const;
  template <class Self, class Visit>
  static void references(Self& self, Visit&& visit) {
    visit(self.volume ? Role::cache_volume : Role::cache_pool, self.cache);
    visit(Role::cache_origin, self.origin);
  }
  friend bool operator==(const Cache&, const Cache&) = default;
};

// Numbers as the kernel takes them; what is not set is not stored.
struct WritecacheSettings {
  std::optional<std::uint64_t> high_watermark, low_watermark;  // percent
  std::optional<std::uint64_t> writeback_jobs, autocommit_blocks, autocommit_time;
  std::optional<std::uint64_t> fua, nofua, cleaner;  // 0 or 1
  std::optional<std::uint64_t> max_age;              // ms
  std::optional<std::uint64_t> metadata_only;        // 0 or 1
  std::optional<std::uint64_t> pause_writeback;      // ms
  std::string other_key, other_value;                // a setting that LVM has no name for
  friend bool operator==(const WritecacheSettings&, const WritecacheSettings&) = default;
};

struct Writecache {
  LvId cache, origin;
  std::uint32_t block_size = 0;  // bytes: 512 or 4096
  Rare<WritecacheSettings> settings;
  std::string problem(Extents count) const;
  template <class Self, class Visit>
  static void references(Self& self, Visit&& visit) {
    visit(Role::writecache_volume, self.cache);
    visit(Role::writecache_origin, self.origin);
  }
  friend bool operator==(const Writecache&, const Writecache&) = default;
};

struct IntegritySettings {
  std::optional<std::uint64_t> journal_sectors, interleave_sectors, buffer_sectors, journal_watermark, commit_time,
      bitmap_flush_interval, sectors_per_bit, allow_discards;
  friend bool operator==(const IntegritySettings&, const IntegritySettings&) = default;
};

// Checksums below a raid image.
struct Integrity {
  LvId origin;
  LvId metadata;  // none: between the data
  Sectors data_sectors;
  std::string mode;                            // "J" journal, "B" bitmap
  std::uint32_t tag_size = 0, block_size = 0;  // bytes
  std::string internal_hash;
  bool recalculate = false;
  Rare<IntegritySettings> settings;
  std::string problem(Extents count) const;
  template <class Self, class Visit>
  static void references(Self& self, Visit&& visit) {
    visit(Role::integrity_origin, self.origin);
    if (self.metadata) visit(Role::integrity_metadata, self.metadata);
  }
  friend bool operator==(const Integrity&, const Integrity&) = default;
};

struct VdoPool {
  LvId data;
  Sectors header_size;
  Extents virtual_extents;
  bool use_compression = false, use_deduplication = false, use_metadata_hints = false, use_sparse_index = false;
  std::uint32_t minimum_io_size = 0;  // bytes
  std::uint32_t block_map_cache_size_mb = 0, block_map_era_length = 0, index_memory_size_mb = 0, max_discard = 0,
                slab_size_mb = 0, ack_threads = 0, bio_threads = 0, bio_rotation = 0, cpu_threads = 0,
                hash_zone_threads = 0, logical_threads = 0, physical_threads = 0;
  std::string write_policy;  // "auto", "sync", "async"; empty: not stored
  std::string problem(Extents count) const;
  template <class Self, class Visit>
  static void references(Self& self, Visit&& visit) {
    visit(Role::vdo_pool_data, self.data);
  }
  friend bool operator==(const VdoPool&, const VdoPool&) = default;
};

struct Vdo {
  LvId pool;
  Extents offset;  // within the pool's virtual extents
  template <class Self, class Visit>
  static void references(Self& self, Visit&& visit) {
    visit(Role::vdo_pool, self.pool);
  }
  friend bool operator==(const Vdo&, const Vdo&) = default;
};

}  // namespace lvm::model
