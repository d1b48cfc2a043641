// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "plan/convert/request.h"

namespace lvm::plan::convert {

// From one level of raid to another, where the data stays where it is: striped, raid0, raid0_meta, raid4, raid5_n and
// raid6_n_6 among themselves.
Result<step::Plan> take_over(const Context& context, const world::VgView& view, const Request& request,
                             const std::string& type);

}  // namespace lvm::plan::convert
