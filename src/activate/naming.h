// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "activate/activate.h"
#include "config/config.h"
#include "dm/types.h"
#include "model/vg.h"

// What LVM calls the devices of a volume (docs/formats/device-mapper.md).
namespace lvm::activate {

// "LVM-" and the ids of VG and LV, then "-LAYER" when there is one.
std::string layer_uuid(const model::Vg& vg, const model::Lv& lv, std::string_view layer);

// A thin pool that no volume was ever made in is its own thin-pool device; later ones hide that below a view.
bool is_new_pool(const model::Lv& lv);

// "missing_0_1": stands in for area 1 of segment 0, whose PV is missing.
std::string filler_layer(std::size_t segment, std::size_t area);

// Layers that LVM versions up to now have given to devices of one LV, upper ones before those they lie on.
std::span<const std::string_view> known_layers();

// The path /dev/VG/LV: visible volumes only, and none of the names kept for inner ones.
std::optional<dm::NodeLink> link_of(const model::Vg& vg, const model::Lv& lv);

// `low_priority`: of two devices with the same content, this one's links step back.
dm::UdevFlags udev_flags(const model::Lv& lv, std::string_view layer, const config::Config& config,
                         const Options& options, bool low_priority = false);

}  // namespace lvm::activate
