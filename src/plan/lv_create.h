// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/block_sizes.h"
#include "plan/lv_attributes.h"
#include "plan/pool_options.h"
#include "plan/vdo_pool.h"
#include "plan/volume_size.h"

namespace lvm::plan {

// What mirrors and raids are asked for.
struct RaidOptions {
  std::optional<std::uint32_t> mirrors;  // copies besides the first
  std::optional<Sectors> region_size;
  bool nosync = false;
  bool unmonitored = false;                                           // --monitor n
  std::optional<std::uint32_t> min_recovery_rate, max_recovery_rate;  // KiB/s for each image
  std::string mirror_log;                                             // "core", "disk", "mirrored"; empty: disk
  bool integrity = false;
  std::string integrity_mode;              // "journal", "bitmap"; empty: journal
  std::uint32_t integrity_block_size = 0;  // bytes; 0: as the PVs allow
};

struct LvCreateRequest {
  std::string name;             // empty: the next free lvolN
  std::string type = "linear";  // what --type takes: "raid1", "thin"
  std::string base;             // the LV that is named as operand: an origin or a pool
  LvSize size;
  std::optional<std::uint32_t> stripes;
  std::optional<Sectors> stripe_size;
  std::vector<PvArgument> pvs;
  LvAttributes attributes;
  Activation activation = Activation::yes;
  bool ignore_activation_skip = false;  // -K
  std::optional<bool> zero, wipe_signatures;
  bool yes = false;  // --yes: no question about signatures
  std::string creation_host;
  RaidOptions raid;
  std::optional<Sectors> chunk_size;  // of a snapshot
  std::optional<Bytes> virtual_size;  // -V
  PoolOptions pool;                   // of pools that are made, and the one that volumes are made in
  CacheOptions cache;
  VdoRequest vdo;
  BlockFacts blocks;  // of kinds that ask for it: asks_for_blocks()
};

// What can be refused before any device is read: a malformed or reserved name.
Result<> check_request(const LvCreateRequest& request);

// Whether the request is to be completed with what its PVs say of their sizes.
bool asks_for_blocks(const LvCreateRequest& request);

// lvcreate of every kind that create/kinds.cc lists.
Result<step::Plan> lv_create(const Context& context, const world::VgView& view, const LvCreateRequest& request);

}  // namespace lvm::plan
