// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/profiles.h"

namespace lvm::cli {

void AttachedProfiles::load(const world::World& world, Files& files, config::Config& config, Messages& messages) {
  auto meet = [&](const std::string& name) {
    if (name.empty() || !met_.insert(name).second) return;
    auto profile = config::load_profile(files, config, name, config::ProfileKind::metadata);
    if (profile)
      config.add_profile(name, *std::move(profile));
    else
      messages.error(profile.error());
  };
  for (const world::VgView& view : world.vgs) {
    if (view.summary_only || view.unusable || view.foreign) continue;
    meet(view.vg->profile);
    for (const model::Lv& lv : view.vg->lvs)
      if (lv.profile) meet(*lv.profile);
  }
}

}  // namespace lvm::cli
