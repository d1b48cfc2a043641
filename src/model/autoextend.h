// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "base/units.h"

// When pools and snapshots grow by themselves (lvm.conf: activation/*_autoextend_threshold and _percent), and when
// thin volumes may outgrow their pool. Decisions only: who watches, and who extends, is told elsewhere.
namespace lvm::model {

struct AutoextendPolicy {
  std::uint32_t threshold = 100;  // percent in use above which to grow; 100 = never
  std::uint32_t percent = 20;     // of the present size
  // A threshold below this counts as this.
  static constexpr std::uint32_t kLeastThreshold = 50;

  bool enabled() const { return threshold < 100 && percent != 0; }
};

// The new size of an LV of `size` extents of which `used` of `total` units are in use; nullopt when it stays.
std::optional<Extents> autoextended(const AutoextendPolicy& policy, Extents size, std::uint64_t used,
                                    std::uint64_t total);

// What a pool promises and has.
struct Provisioning {
  Sectors promised;  // sum of the virtual sizes of its thin volumes
  Sectors pool;      // its data
  Sectors vg_free;   // that it could still grow into
  Sectors vg;        // all of the VG
};

enum class Overprovisioning : std::uint8_t {
  none,
  beyond_pool,  // more than the pool holds, but the free space of the VG would do
  beyond_free,  // more than the pool and the free space of the VG
  beyond_vg,    // more than the whole VG
};
Overprovisioning overprovisioning(const Provisioning& state);

}  // namespace lvm::model
