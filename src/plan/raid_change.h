// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/context.h"

// What lvchange does to raids and mirrors besides what it does to every volume.
namespace lvm::plan {

// Reads prefer other images than a write-mostly one.
struct WriteMostly {
  enum class Wanted { yes, no, toggle } wanted = Wanted::yes;
  std::string pv;
};

struct RaidSettings {
  std::vector<WriteMostly> write_mostly;
  std::optional<std::uint32_t> write_behind;                          // 0: none
  std::optional<std::uint32_t> min_recovery_rate, max_recovery_rate;  // KiB/s; 0: the kernel's choice
  bool empty() const { return write_mostly.empty() && !write_behind && !min_recovery_rate && !max_recovery_rate; }
};
// Changes `lv` and its images in `vg`.
Result<> apply_raid_settings(const Context& context, const RaidSettings& settings, model::Vg& vg, LvId lv);

// lvchange --syncaction check|repair: a message to the kernel.
Result<step::Plan> raid_sync_action(const Context& context, const world::VgView& view, LvId lv,
                                    const std::string& action);

// lvchange --rebuild: what the images on these PVs hold is written anew from the others.
Result<step::Plan> raid_rebuild(const Context& context, const world::VgView& view, LvId lv,
                                const std::vector<std::string>& pvs, bool yes);

// lvchange --resync: the volume goes down, forgets what was in sync, and comes up again.
Result<step::Plan> resync(const Context& context, const world::VgView& view, LvId lv, bool yes);

}  // namespace lvm::plan
