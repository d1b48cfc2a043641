// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/new_lv.h"

#include <utility>

namespace lvm::plan {

model::Lv new_lv(const Context& context, std::string name, Seen seen) {
  model::Lv lv;
  lv.name = std::move(name);
  lv.id = LvId{context.new_uuid()};
  lv.flags = {model::LvFlag::read, model::LvFlag::write};
  lv.flags.set(model::LvFlag::visible, seen == Seen::by_users);
  lv.creation_time = context.now;
  lv.creation_host = context.world.host.name;
  lv.profile = context.config.metadata_profile();
  return lv;
}

}  // namespace lvm::plan
