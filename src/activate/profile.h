// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/config.h"
#include "model/vg.h"

namespace lvm::activate {

// The settings that count for the volume: those of the metadata profile attached to it, else of its VG's. Without a
// volume those of the VG.
inline const config::Config& settings_of(const config::Config& config, const model::Vg& vg, const model::Lv* lv) {
  const std::string& own = lv ? *lv->profile : vg.profile;
  return config.with_profile(own.empty() ? vg.profile : own);
}

}  // namespace lvm::activate
