// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "plan/context.h"

namespace lvm::plan {

struct VgRemoveRequest {
  std::size_t force = 0;
  bool yes = false;
};
// vgremove: its volumes first (asked), then the VG; its PVs become orphans.
Result<step::Plan> vg_remove(const Context& context, const world::VgView& view, const VgRemoveRequest& request);

struct VgRenameRequest {
  std::string new_name;
};
// vgrename: live volumes keep running under their new names.
Result<step::Plan> vg_rename(const Context& context, const world::VgView& view, const VgRenameRequest& request);

}  // namespace lvm::plan
