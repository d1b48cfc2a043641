// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/result.h"
#include "base/size_units.h"
#include "config/config.h"

namespace lvm::config {

// As global/units, global/suffix and global/si_unit_consistency say. Code::refused when the first says nothing.
Result<SizeUnits> size_units(const Config& config);

}  // namespace lvm::config
