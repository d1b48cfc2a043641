// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "model/cache.h"
#include "model/snapshot.h"

// What is asked of pools and caches, when they are made and when volumes become them. What is not given comes from the
// configuration.
namespace lvm::plan {

struct PoolOptions {
  std::string name;   // of the pool to use or to make; empty: the next free lvolN
  bool make = false;  // a volume's pool is made with it
  std::optional<Sectors> chunk_size;
  std::optional<Bytes> metadata_size;
  bool spare = true;         // --poolmetadataspare
  std::optional<bool> zero;  // new blocks of a thin pool
  std::optional<model::Discards> discards;
  std::optional<bool> error_when_full;
};

struct CacheOptions {
  std::string volume;  // --cachevol
  // --cachedevice: PVs, or tags of such, on which a new cache volume is made of all free space, or of --cachesize.
  std::vector<std::string> devices;
  std::optional<Bytes> size;
  std::string mode, policy;
  std::vector<model::CacheSetting> settings;
  std::optional<std::uint32_t> metadata_format;
};

}  // namespace lvm::plan
