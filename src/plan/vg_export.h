// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/context.h"

namespace lvm::plan {

// vgexport: nobody may use the VG until it is imported.
Result<step::Plan> vg_export(const Context& context, const world::VgView& view);

struct VgImportRequest {
  bool force = false;  // although PVs are missing
};
Result<step::Plan> vg_import(const Context& context, const world::VgView& view, const VgImportRequest& request);

}  // namespace lvm::plan
