// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <vector>

#include "activate/activate.h"

// The one place where wanted and live devices are compared. Works over whole trees by dm UUID and knows no kinds
// of volume.
namespace lvm::activate {

// Steps in the order of a change: `preload` and `suspend` before the metadata is committed, the others behind.
struct Difference {
  std::vector<step::Step> preload, suspend, resume;
  bool empty() const { return preload.empty() && suspend.empty() && resume.empty(); }
};

// `wanted` is leaves first; `old`, when known, is what was wanted until now: changes of udev flags, links and
// read-ahead, which no live state shows, are found by it. `freeze`: suspending brings file systems to rest.
Difference difference(const world::World& world, std::span<const WantedDevice> wanted,
                      std::span<const WantedDevice> old, const config::Config& config, bool freeze = false);

// The live table is the wanted one. False when the world did not read the table.
bool same_table(const world::World& world, const WantedDevice& wanted, const world::LiveDevice& live);

// Single steps for one wanted device.
step::Step load_step(const WantedDevice& device);
step::Step resume_step(const WantedDevice& device);
step::Step rename_step(const WantedDevice& device, const std::string& live_name);
// None when the kernel's value is to stay.
std::optional<step::Step> read_ahead_step(const WantedDevice& device, const config::Config& config);

}  // namespace lvm::activate
