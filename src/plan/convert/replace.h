// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/convert/request.h"

namespace lvm::plan::convert {

// lvconvert --replace: the images on these PVs move to others.
Result<step::Plan> replace_images(const Context& context, const world::VgView& view, const Request& request,
                                  const std::vector<std::string>& pvs);

// lvconvert --repair: images whose PVs are gone, or that the kernel no longer trusts, are replaced.
Result<step::Plan> repair(const Context& context, const world::VgView& view, const Request& request);

}  // namespace lvm::plan::convert
