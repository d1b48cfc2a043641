// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <set>
#include <string>

#include "plan/context.h"

namespace lvm::plan {

struct VgImportCloneRequest {
  std::string new_name;
  bool import = false;  // an exported VG too
};
// vgimportclone. `view` is the copied VG, in a World of its PVs alone: all of them get new ids.
Result<step::Plan> vg_import_clone(const Context& context, const world::VgView& view,
                                   const VgImportCloneRequest& request);

// `base` itself when nobody has it, else with the first number from 1 on that is free.
std::string free_vg_name(const std::string& base, const std::set<std::string>& taken);

}  // namespace lvm::plan
