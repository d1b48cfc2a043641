// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/size_units.h"

namespace lvm::config {

Result<SizeUnits> size_units(const Config& config) {
  SizeUnits out;
  out.set_suffix(config.flag("global/suffix"));
  out.set_si(config.flag("global/si_unit_consistency"));
  if (!out.change_to(config.string("global/units")))
    return fail(Code::refused, "Unrecognised configuration setting for global/units: " + config.string("global/units"));
  return out;
}

}  // namespace lvm::config
