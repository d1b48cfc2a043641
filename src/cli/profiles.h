// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <set>
#include <string>

#include "base/files.h"
#include "cli/messages.h"
#include "config/config.h"
#include "world/world.h"

namespace lvm::cli {

// The metadata profiles that VGs and LVs have attached: each is read when it is first met.
class AttachedProfiles {
 public:
  // One that cannot be used is said once; settings are then those without it.
  void load(const world::World& world, Files& files, config::Config& config, Messages& messages);

 private:
  std::set<std::string, std::less<>> met_;
};

}  // namespace lvm::cli
