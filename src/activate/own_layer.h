// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

#include "model/vg.h"

namespace lvm::activate {

// What the dm UUID of the LV's top device ends with; empty for most.
std::string_view own_layer(const model::Lv& lv);

}  // namespace lvm::activate
