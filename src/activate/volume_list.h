// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "model/vg.h"
#include "world/world.h"

// Which volumes may be activated here, by themselves, or read-only: lists of "vg", "vg/lv", "@tag" and "@*".
namespace lvm::activate {

// Tags of this machine, from the `tags` section: its name (tags/hosttags), and every tags/NAME without a
// host_list or with this machine in it.
std::vector<std::string> host_tags(const config::Config& config, const world::Host& host);

// "@tag" matches a tag of the LV or its VG; "@*" matches when one of `host_tags` is a tag of the LV or VG.
bool matches_volume_list(std::span<const std::string> list, std::span<const std::string> host_tags, const model::Vg& vg,
                         const model::Lv& lv);

// activation/volume_list. Undefined, it is ["@*"] on a machine with tags and permits everything on others.
bool permitted(const config::Config& config, const world::Host& host, const model::Vg& vg, const model::Lv& lv);

// The autoactivation property of VG and LV, and activation/auto_activation_volume_list (undefined: all).
bool auto_activates(const config::Config& config, const world::Host& host, const model::Vg& vg, const model::Lv& lv);

// activation/read_only_volume_list (undefined: none).
bool forced_read_only(const config::Config& config, const world::Host& host, const model::Vg& vg, const model::Lv& lv);

}  // namespace lvm::activate
