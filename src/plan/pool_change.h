// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>

#include "plan/context.h"
#include "plan/pool_options.h"
#include "plan/vdo_settings.h"

// lvchange of what pools and caches are set to.
namespace lvm::plan {

struct PoolChangeRequest {
  LvId lv;
  std::optional<model::Discards> discards;
  std::optional<bool> zero, error_when_full;
  CacheOptions cache;
  bool clear_settings = false;  // --cachesettings ''
  VdoOptions vdo;

  bool of_vdo() const { return !vdo.empty(); }
  bool of_pool() const { return discards || zero || error_when_full; }
  bool of_cache() const {
    return !cache.mode.empty() || !cache.policy.empty() || !cache.settings.empty() || clear_settings;
  }
};

// Each setting is a change of its own. Fails when the LV is of a kind that has no such setting.
Result<step::Plan> pool_change(const Context& context, const world::VgView& view, const PoolChangeRequest& request);

}  // namespace lvm::plan
